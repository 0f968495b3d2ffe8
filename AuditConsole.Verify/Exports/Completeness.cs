using System.Globalization;
using System.Net;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Verify.Archives;
using AuditConsole.Verify.Input;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Exports;

/// <summary>
/// Holds an archive against the receipt of an export: that every entry which the filter selects is among the exported
/// rows, and that the rows are those of the archive.
/// </summary>
internal sealed class Completeness : IArchiveReader
{
    private static readonly HashSet<string> Known = ["from", "to", "tenant", "entityType", "action", "actions", "entitySlug", "slug", "actor", "ip", "network"];

    private readonly Receipt _receipt;
    private readonly Report _report;
    private readonly Dictionary<long, EntryHash> _rows;
    private readonly (string Time, long Sequence)? _oldest;
    private readonly string[]? _actions;
    private readonly IPNetwork? _network;
    private ArchiveVerifier? _archive;
    private long _unknown;
    private long _untold;

    public Completeness(Receipt receipt, Report report)
    {
        (_receipt, _report) = (receipt, report);
        _rows = receipt.Rows.ToDictionary(row => row.Sequence, row => row.Leaf);
        foreach (var name in receipt.Statement.Filter.Keys.Where(name => !Known.Contains(name)))
        {
            throw new UnreadableException($"The export was filtered by {name}, which this version of the program doesn't know.");
        }
        _actions = receipt.Statement.Filter.TryGetValue("actions", out var actions) ? ActionsOf(actions) : null;
        _network = !receipt.Statement.Filter.TryGetValue("network", out var network) ? null
            : IPNetwork.TryParse(network, out var parsed) ? parsed : throw new UnreadableException("The export was filtered by a network that can't be read.");
        // Where the file was cut, entries older than its last row were left out by right.
        _oldest = receipt.Statement.IsComplete ? null
            : receipt.Rows.Where(row => row.Kind != RowKind.Purged).Select(row => (TimeOf(row.Head), row.Sequence)).Order().Cast<(string, long)?>().FirstOrDefault();
    }

    /// <summary>Says whose places come.</summary>
    public void Follow(ArchiveVerifier archive) => _archive = archive;

    public void Place(long sequence, EntryHash leaf, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details)
    {
        if (_archive?.Tenant != _receipt.Statement.TenantId)
        {
            // Another tenant's log, which is told at the end, matches nothing.
            return;
        }
        if (sequence > _receipt.Statement.Snapshot || sequence <= _receipt.Statement.After)
        {
            return;
        }
        if (_rows.TryGetValue(sequence, out var exported))
        {
            if (exported != leaf && exported != EntryHash.Zero)
            {
                _report.Fault("other_log", $"Entry #{sequence.ToString("N0", CultureInfo.InvariantCulture)} of the archive is another one than that of the receipt: they are of different logs.", sequence);
            }
            else if (!head.IsEmpty)
            {
                _report.Count("matching");
            }
            return;
        }
        if (head.IsEmpty)
        {
            _unknown++;
            return;
        }
        switch (Selects(head, details))
        {
            case Match.DetailsUnknown:
                _untold++;
                _report.Note("match_unknown", $"Whether entry #{sequence.ToString("N0", CultureInfo.InvariantCulture)} matched can't be told: what the filter asks for was destroyed with its details.", sequence);
                break;
            case Match.Held:
                _untold++;
                _report.Note("match_unknown", $"Whether entry #{sequence.ToString("N0", CultureInfo.InvariantCulture)} should have been exported can't be told: it had expired by then, and a legal hold keeps it now.", sequence);
                break;
            case Match.Yes:
                _report.Count("matching");
                _report.Fault("left_out", $"Entry #{sequence.ToString("N0", CultureInfo.InvariantCulture)} matches the filter and was not exported.", sequence);
                break;
        }
    }

    /// <summary>Says what follows, once the archive was read to its end.</summary>
    public void Finish()
    {
        var (statement, archive) = (_receipt.Statement, _archive!);
        if (archive.Checkpoint is not { } checkpoint || checkpoint.Statement.Origin != statement.Origin)
        {
            _report.Fault("other_tenant", $"The archive is not one of {statement.Origin}, whose export this is.");
            return;
        }
        if (checkpoint.Statement.Size < statement.Snapshot)
        {
            _report.Doubt("archive_older", string.Create(
                CultureInfo.InvariantCulture, $"The archive ends at #{checkpoint.Statement.Size:N0} and the export reached to #{statement.Snapshot:N0}. Give a newer archive."));
            return;
        }
        _report.Limits.RemoveAll(limit => limit.Contains("Give the archive too", StringComparison.Ordinal));
        _report.Proved.Add("No entry that the filter selects was left out of the export: the whole archive was searched.");
        if (_unknown + archive.Base.Size > 0)
        {
            _report.Limits.Add(string.Create(
                CultureInfo.InvariantCulture, $"{_unknown + archive.Base.Size:N0} entries of the log are purged or have expired and are not among the rows; whether they matched can't be told."));
        }
        if (_untold > 0)
        {
            _report.Limits.Add(string.Create(
                CultureInfo.InvariantCulture, $"{_untold:N0} entries of which the log doesn't tell any more whether they matched are named above."));
        }
    }

    private enum Match
    {
        No,
        Yes,

        /// <summary>Withheld, and the filter asks for something that stood in the details.</summary>
        DetailsUnknown,

        /// <summary>Too old by then, unless a hold covered it already.</summary>
        Held,
    }

    private Match Selects(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details)
    {
        var statement = _receipt.Statement;
        using var document = JsonDocument.Parse(head);
        var root = document.RootElement;
        var target = root.GetProperty("target");
        var time = root.GetProperty("occurred_at").GetString()!;
        var sequence = root.GetProperty("sequence").GetInt64();
        if (!WireTime.TryParse(time, out var occurred) || occurred < statement.From || occurred >= statement.Until
            || _oldest is { } oldest && (time, sequence).CompareTo(oldest) < 0
            || !Matches("entityType", target.GetProperty("type").GetString())
            || !Matches("action", root.GetProperty("action").GetString())
            || _actions is not null && !IsAmong(_actions, root.GetProperty("action").GetString()!)
            || !Matches("entitySlug", (target.TryGetProperty("slug", out var slug) ? slug : target.GetProperty("id")).GetString())
            || !Matches("actor", root.GetProperty("actor").GetProperty("id").GetString()))
        {
            return Match.No;
        }
        var isNamed = !statement.Filter.TryGetValue("slug", out var name) || IsNamed(target, name);
        if (!isNamed || statement.Filter.ContainsKey("ip") || _network is not null)
        {
            if (details.IsEmpty)
            {
                return Match.DetailsUnknown;
            }
            using var texts = JsonDocument.Parse(details);
            var ip = texts.RootElement.TryGetProperty("ip", out var given) ? given.GetString() : null;
            if (!isNamed && !(texts.RootElement.TryGetProperty("targets", out var targets) && targets.EnumerateArray().Any(further => IsNamed(further, name!)))
                || !Matches("ip", ip) || _network is { } network && !(IPAddress.TryParse(ip, out var address) && network.Contains(address)))
            {
                return Match.No;
            }
        }
        return occurred < statement.ExpiredBefore ? Match.Held : Match.Yes;
    }

    private bool Matches(string name, string? value) => !_receipt.Statement.Filter.TryGetValue(name, out var wanted) || wanted == value;

    private static bool IsNamed(JsonElement target, string name) =>
        target.GetProperty("id").ValueEquals(name) || target.TryGetProperty("slug", out var slug) && slug.ValueEquals(name);

    // A pattern as workspace.* stands for all that begin with workspace.
    private static bool IsAmong(string[] actions, string action) => actions.Any(
        wanted => wanted == action || wanted.EndsWith(".*", StringComparison.Ordinal) && action.StartsWith(wanted[..^1], StringComparison.Ordinal));

    private static string[] ActionsOf(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(json) is { Length: > 0 } actions && actions.All(action => action is not null) ? actions
                : throw new UnreadableException("The export was filtered by actions that can't be read.");
        }
        catch (JsonException fault)
        {
            throw new UnreadableException("The export was filtered by actions that can't be read.", inner: fault);
        }
    }

    private static string TimeOf(byte[] head)
    {
        using var document = JsonDocument.Parse(head);
        return document.RootElement.GetProperty("occurred_at").GetString() ?? "";
    }
}
