using AuditConsole.Identity;
using AuditConsole.Streams.Destinations;
using AuditConsole.Tenants;

namespace AuditConsole.Streams;

/// <summary>Whose streams, and who asks: for one call, since roles change.</summary>
/// <param name="Tenant">The tenant's number in the store.</param>
/// <param name="TenantId">The tenant's UUID.</param>
/// <param name="By">Who.</param>
public sealed record StreamOwner(int Tenant, Guid TenantId, Acting By)
{
    /// <summary>
    /// Whether it is somebody who came by a portal link: then the one stream that such links set up is all there is.
    /// </summary>
    public bool IsPortal { get; init; }

    /// <summary>The command line.</summary>
    public static StreamOwner Console(Tenant tenant) => new(tenant.Number, tenant.Id, Acting.Console);
}

/// <summary>A stream as somebody wants it.</summary>
public sealed record StreamDraft
{
    /// <summary>For people.</summary>
    public string Name { get; init; } = "";

    /// <summary><see cref="IDestinationKind.Name"/>; of a stream that there is, it can't be changed.</summary>
    public string Kind { get; init; } = "";

    /// <summary>What it is for; null for what the kind says, and for what the stream has. It can't be changed.</summary>
    public StreamPurpose? Purpose { get; init; }

    /// <summary>Null for the kind's first.</summary>
    public StreamFormat? Format { get; init; }

    /// <summary>Which entries.</summary>
    public StreamFilter Filter { get; init; } = new();

    /// <summary>The places that are left out, as <c>/metadata/user/ssn</c>.</summary>
    public IReadOnlyList<string> Redactions { get; init; } = [];

    /// <summary>The kind's settings by name, secrets among them. A secret that is left out or empty stays as it is.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Of a new stream: entries that occurred from here on are sent too, beside the new ones; null for new ones alone.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>A stream that was added.</summary>
/// <param name="Id"><c>str_…</c>.</param>
/// <param name="Generated">The values that the service made, by the field's name: secrets are shown this once.</param>
public sealed record AddedStream(string Id, IReadOnlyDictionary<string, string> Generated);

/// <summary>A stream as the page, the command line and the API show it: never a secret.</summary>
/// <param name="Id"><c>str_…</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Kind">What it goes to.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Format">How entries are written.</param>
/// <param name="Filter">Which entries.</param>
/// <param name="Redactions">The places that are left out.</param>
/// <param name="Settings">The settings that are no secrets, by name.</param>
/// <param name="Secrets">The secrets that are set, by name: <c>…</c> and the last four characters.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">The e-mail address of who made it, an id, or <c>console</c>.</param>
/// <param name="ChangedAt">When its settings were last changed.</param>
/// <param name="Status">How it goes.</param>
public sealed record StreamView(
    string Id, string Name, IDestinationKind Kind, StreamPurpose Purpose, StreamFormat Format, StreamFilter Filter, IReadOnlyList<string> Redactions,
    IReadOnlyDictionary<string, string> Settings, IReadOnlyDictionary<string, string> Secrets,
    DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ChangedAt, StreamStatus Status)
{
    /// <summary>The id of who made it: a user's, a portal link's or a key's, or <c>console</c>.</summary>
    public string CreatedById { get; init; } = "";

    /// <summary>Until when a secret that was replaced still signs, by the field's name.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Overlaps { get; init; } = new Dictionary<string, DateTimeOffset>();
}

/// <summary>How a stream goes.</summary>
/// <param name="State">Whether it delivers.</param>
/// <param name="Reason">Why it stopped, a sentence with what to do; null while it is active.</param>
/// <param name="Since">Since when it is in this state.</param>
/// <param name="LagEntries">Matching entries that wait.</param>
/// <param name="Lag">How long the oldest of them has waited; zero where none does.</param>
/// <param name="LastSuccess">When something was last delivered.</param>
/// <param name="LastError">What last went wrong, a sentence with what to do; it may be over.</param>
/// <param name="LastErrorAt">When that was.</param>
/// <param name="FailingSince">Since when attempts fail; null while they don't.</param>
/// <param name="Failures">How many failed in a row.</param>
/// <param name="NextAttempt">When it is tried again; null where nothing waits for that.</param>
/// <param name="PerMinute">Entries delivered a minute, in the last five minutes since the service started.</param>
/// <param name="Delivered">Entries delivered since it was made.</param>
/// <param name="TooOld">Entries that the other side doesn't take for their age.</param>
/// <param name="DeadLetters">Entries that wait to be sent again.</param>
/// <param name="Replay">The replay that is under way, or the last one; null for none.</param>
/// <param name="Warning">What somebody must see to before entries are lost to the stream, a sentence; null for nothing.</param>
public sealed record StreamStatus(
    StreamState State, string? Reason, DateTimeOffset Since, long LagEntries, TimeSpan Lag,
    DateTimeOffset? LastSuccess, string? LastError, DateTimeOffset? LastErrorAt, DateTimeOffset? FailingSince, int Failures, DateTimeOffset? NextAttempt,
    double PerMinute, long Delivered, long TooOld, int DeadLetters, ReplayStatus? Replay, string? Warning)
{
    /// <summary>Whether the last attempt failed and it is tried again.</summary>
    public bool IsFailing => State == StreamState.Active && FailingSince is not null;
}

/// <summary>How a replay goes.</summary>
/// <param name="From">What occurred from here on; null for everything.</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="FinishedAt">When it was through; null while it isn't.</param>
/// <param name="Delivered">Entries delivered.</param>
/// <param name="Left">Entries that are still to be delivered.</param>
/// <param name="TooOld">Entries that the other side doesn't take for their age.</param>
/// <param name="LastError">What last went wrong, a sentence.</param>
/// <param name="NextAttempt">When it is tried again.</param>
public sealed record ReplayStatus(
    DateTimeOffset? From, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, long Delivered, long Left, long TooOld, string? LastError, DateTimeOffset? NextAttempt);

/// <summary>What became of an entry that was sent again.</summary>
/// <param name="Sequence">Its position in the chain.</param>
/// <param name="Outcome">What the other side said.</param>
public sealed record Redelivery(long Sequence, DeliveryOutcome Outcome);

/// <summary>A stream can't be as somebody wants it. Nothing was changed.</summary>
/// <param name="problems">What is wrong, field by field: a setting's name, or <c>name</c>, <c>kind</c>, <c>format</c>, <c>entity_type</c>, <c>actions</c>,
/// <c>slug</c>, <c>actor</c>, <c>ip</c>, <c>target</c>, <c>redactions</c>.</param>
public sealed class InvalidStreamException(IReadOnlyList<FieldProblem> problems)
    : Exception(string.Join(' ', problems.Select(problem => $"{problem.Field}: {problem.Message}")))
{
    /// <summary>At least one.</summary>
    public IReadOnlyList<FieldProblem> Problems { get; } = problems;
}
