using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AuditConsole.Operations;

/// <summary>The measurements of the service: the meter and the activity source <c>AuditConsole</c>.</summary>
public sealed class ConsoleMetrics
{
    /// <summary>The name of both.</summary>
    public const string Name = "AuditConsole";

    /// <summary>Spans of the service's own work.</summary>
    public static readonly ActivitySource Activities = new(Name);

    private readonly Counter<long> _entriesAppended;
    private readonly Histogram<double> _appendDuration;
    private readonly Counter<long> _replays;
    private readonly Histogram<int> _groupSize;
    private readonly Counter<long> _pagesRead;
    private readonly Counter<long> _securityEvents;
    private readonly Counter<long> _checkpointsSigned;
    private readonly Counter<long> _checkpointsRefused;
    private readonly Counter<long> _verificationsFailed;
    private readonly Meter _meter;

    /// <summary>Makes the instruments.</summary>
    public ConsoleMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _entriesAppended = _meter.CreateCounter<long>("audit_console.entries.appended", "{entry}", "Entries that were acknowledged.");
        _appendDuration = _meter.CreateHistogram<double>("audit_console.append.duration", "s", "From a parsed request to its commit on disk.");
        _replays = _meter.CreateCounter<long>("audit_console.append.replays", "{request}", "Requests that were answered from their idempotency key.");
        _groupSize = _meter.CreateHistogram<int>("audit_console.writer.group_size", "{entry}", "Entries of one commit.");
        _pagesRead = _meter.CreateCounter<long>("audit_console.pages.read", "{page}", "Pages of the log that were read.");
        _checkpointsSigned = _meter.CreateCounter<long>("audit_console.checkpoints.signed", "{checkpoint}", "Checkpoints that were signed.");
        _checkpointsRefused = _meter.CreateCounter<long>("audit_console.checkpoints.refused", "{refusal}", "Times that signing began to be refused: an older or disagreeing log, a missing key.");
        _verificationsFailed = _meter.CreateCounter<long>("audit_console.verification.faults", "{fault}", "Places of a log that were found not to hold.");
        _securityEvents = _meter.CreateCounter<long>("audit_console.security_events", "{event}", "Sign-ins, downloads and refusals, by kind.");
    }

    /// <summary>Entries were appended.</summary>
    /// <param name="count">How many.</param>
    /// <param name="duration">From the parsed request to the commit.</param>
    /// <param name="source"><c>http</c> or <c>import</c>.</param>
    public void Appended(int count, TimeSpan duration, string source)
    {
        var tag = new KeyValuePair<string, object?>("source", source);
        _entriesAppended.Add(count, tag);
        _appendDuration.Record(duration.TotalSeconds, tag);
    }

    /// <summary>A request was answered from its idempotency key.</summary>
    public void Replayed() => _replays.Add(1);

    /// <summary>The writer committed a group.</summary>
    /// <param name="entries">How many entries it had.</param>
    public void Committed(int entries) => _groupSize.Record(entries);

    /// <summary>Watches how much waits for the writer.</summary>
    /// <param name="waiting">Asked at each export of the metrics.</param>
    public void WatchQueue(Func<int> waiting) =>
        _meter.CreateObservableGauge("audit_console.writer.queue_length", waiting, "{request}", "Requests that wait for the writer.");

    /// <summary>A page of the log was read.</summary>
    public void PageRead() => _pagesRead.Add(1);

    /// <summary>The security log got a line: sign-ins, downloads, refusals.</summary>
    /// <param name="kind">Its kind, as <c>sign_in_failed</c>.</param>
    public void Secured(string kind) => _securityEvents.Add(1, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>Checkpoints were signed.</summary>
    /// <param name="count">How many.</param>
    public void CheckpointsSigned(int count) => _checkpointsSigned.Add(count);

    /// <summary>Signing began to be refused.</summary>
    public void CheckpointRefused() => _checkpointsRefused.Add(1);

    /// <summary>A place of a log was found not to hold.</summary>
    public void VerificationFailed() => _verificationsFailed.Add(1);

    /// <summary>Watches how many logs don't hold.</summary>
    /// <param name="failing">Asked at each export of the metrics.</param>
    public void WatchFaults(Func<int> failing) =>
        _meter.CreateObservableGauge("audit_console.verification.failing", failing, "{tenant}", "Tenants whose log does not hold.");
}
