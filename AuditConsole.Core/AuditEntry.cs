using System.Net;

namespace AuditConsole.Core;

/// <summary>Who did it.</summary>
/// <param name="Type"><c>user</c>, <c>api_key</c>, <c>system</c> or what the producer calls it.</param>
/// <param name="Id">Up to 256 code points.</param>
/// <param name="Name">For people to read; part of the entry's details.</param>
/// <param name="Metadata">Further facts; part of the entry's details.</param>
public sealed record Actor(string Type, string Id, string? Name = null, CanonicalObject? Metadata = null)
{
    /// <summary>The type of the service's own actor, together with <see cref="ServiceId"/>; refused from producers.</summary>
    public const string ServiceType = "system";

    /// <summary>The id of the service's own actor.</summary>
    public const string ServiceId = "audit-console";

    /// <summary>The type of an API key.</summary>
    public const string ApiKeyType = "api_key";

    /// <summary>The service itself.</summary>
    public static readonly Actor Service = new(ServiceType, ServiceId);

    /// <summary>How people see it: the id, or <c>API key: name</c>.</summary>
    public string Display => Type == ApiKeyType ? $"API key: {(string.IsNullOrEmpty(Name) ? Id : Name)}" : Id;
}

/// <summary>A resource that was acted on.</summary>
/// <param name="Type">The entity type, as <c>Profile</c>.</param>
/// <param name="Id">Up to 256 code points.</param>
/// <param name="Slug">The readable, immutable name.</param>
/// <param name="Version">The version that the action made.</param>
/// <param name="Name">For people to read; part of the entry's details.</param>
/// <param name="Metadata">Further facts; part of the entry's details.</param>
public sealed record Resource(
    string Type, string Id, string? Slug = null, string? Version = null, string? Name = null, CanonicalObject? Metadata = null)
{
    /// <summary>The slug, or the id where there is none: what is shown, filtered, linked and exported.</summary>
    public string ShownSlug => Slug ?? Id;
}

/// <summary>An entry as a producer sends it, its fields checked and normalised (<see cref="EntryParser"/>).</summary>
public sealed record NewEntry
{
    /// <summary>When it happened: UTC, whole milliseconds. Null means: when it is recorded.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>Who did it.</summary>
    public required Actor Actor { get; init; }

    /// <summary>What was done: 1 to 128 code points, as <c>RulePublished</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The main resource.</summary>
    public required Resource Target { get; init; }

    /// <summary>Up to 50 further resources.</summary>
    public IReadOnlyList<Resource> Targets { get; init; } = [];

    /// <summary>The version of the engine that was at work.</summary>
    public string? EngineVersion { get; init; }

    /// <summary>The client's address.</summary>
    public IPAddress? Ip { get; init; }

    /// <summary>Where the client was, in free text.</summary>
    public string? Location { get; init; }

    /// <summary>The client's own name for itself.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Why it was done, up to 2,000 code points.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The version of the schema that the entry follows.</summary>
    public int? SchemaVersion { get; init; }

    /// <summary>Joins entries that belong to one act.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The payload.</summary>
    public CanonicalObject Metadata { get; init; } = CanonicalObject.Empty;

    /// <summary>The producer's own signature, if it gave one; verified when the entry came in.</summary>
    public EntrySignature? Signature { get; init; }
}

/// <summary>One recorded action, as it stands in a tenant's chain.</summary>
public sealed record AuditEntry
{
    /// <summary>UUIDv7, made by the service.</summary>
    public required Guid Id { get; init; }

    /// <summary>The tenant whose log holds the entry.</summary>
    public required Guid TenantId { get; init; }

    /// <summary>The position in the tenant's chain: 1, 2, 3 … without gaps.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it happened: UTC, whole milliseconds.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>When the service recorded it; never backwards within a tenant.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The credential that wrote it: <c>key:…</c>, <c>user:…</c>, <c>import:…</c>, <c>console</c>.</summary>
    public required string RecordedBy { get; init; }

    /// <summary>What was recorded.</summary>
    public required NewEntry Content
    {
        get => _parts.Content;
        init => _parts = new Parts(value, null);
    }

    /// <summary>
    /// What was recorded, of which only the fields of the canonical head are sure to be there: cheaper than
    /// <see cref="Content"/> where the entry comes from the store.
    /// </summary>
    public NewEntry Head => _parts.Head;

    /// <summary>The canonical details. Given after <see cref="Content"/>, they complete what it holds of the head.</summary>
    public StoredDetails Details
    {
        get => Withheld is null ? _parts.Details : StoredDetails.None;
        init => _parts = new Parts(_parts.Head, value);
    }

    /// <summary>The random bytes hashed with the details; all zero where the details are withheld.</summary>
    public required DetailsSalt Salt { get; init; }

    /// <summary>Set where the details were destroyed: <see cref="Content"/> then holds the fields of the head alone.</summary>
    public WithheldDetails? Withheld { get; init; }

    /// <summary>The hash of the head, a leaf of the tenant's Merkle tree.</summary>
    public required EntryHash Leaf { get; init; }

    /// <summary>The link before this one.</summary>
    public required EntryHash PreviousHash { get; init; }

    /// <summary>This entry's link of the chain.</summary>
    public required EntryHash Hash { get; init; }

    private readonly Parts _parts = null!;

    // Each of the two is made from the other when it is first asked for; who does it at the same time makes the same.
    private sealed class Parts(NewEntry head, StoredDetails? details)
    {
        private NewEntry? _content = details is null ? head : null;
        private StoredDetails? _details = details;

        public NewEntry Head => head;

        public NewEntry Content => _content ??= _details!.Complete(head);

        public StoredDetails Details => _details ??= StoredDetails.Read(EntryText.Details(head));
    }
}

/// <summary>What stays in the place of an entry's details and their salt, which an Admin had destroyed.</summary>
/// <param name="DetailsHash">Their hash, which the head holds: so the head still proves itself by its leaf.</param>
/// <param name="At">When: UTC, whole milliseconds.</param>
/// <param name="By">Who: a user's id, or <c>console</c> for the command line.</param>
/// <param name="ByName">The user's e-mail address then; null for the command line.</param>
/// <param name="Reason">Why, in the words of whoever did it.</param>
/// <param name="Record">The sequence of the entry that records it, <c>EntryWithheld</c>.</param>
public sealed record WithheldDetails(EntryHash DetailsHash, DateTimeOffset At, string By, string? ByName, string Reason, long Record);
