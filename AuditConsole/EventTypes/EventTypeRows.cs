using AuditConsole.Core;
using AuditConsole.Schemas;

namespace AuditConsole.EventTypes;

/// <summary>An action in the list.</summary>
/// <param name="Action">Its name.</param>
/// <param name="Seen">How many entries of the readable log have it; null where there are too many actions to count.</param>
/// <param name="Newest">The version of its newest schema; null for none.</param>
/// <param name="RegisteredAt">When that was registered.</param>
/// <param name="IsRequired">Whether events that don't match are refused.</param>
public sealed record EventTypeRow(string Action, long? Seen, int? Newest, DateTimeOffset? RegisteredAt, bool IsRequired);

/// <summary>A version of an action's schema.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Body">What was registered, canonical.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="CreatedBy">The e-mail address of who did, a key's name and id, or <c>console</c>.</param>
/// <param name="IsForAllTenants">Whether it is for all accounts of this server.</param>
public sealed record SchemaVersionRow(int Version, string Body, DateTimeOffset CreatedAt, string CreatedBy, bool IsForAllTenants);

/// <summary>An action with all that is known of it.</summary>
/// <param name="Action">Its name.</param>
/// <param name="Seen">How many entries of the readable log have it.</param>
/// <param name="IsRequired">Whether events that don't match are refused.</param>
/// <param name="Versions">The versions of its schema, newest first.</param>
/// <param name="Samples">Its newest entries.</param>
public sealed record EventType(
    string Action, long Seen, bool IsRequired, IReadOnlyList<SchemaVersionRow> Versions, IReadOnlyList<AuditEntry> Samples);

/// <summary>How recent entries fare with a schema.</summary>
/// <param name="LookedAt">How many were looked at, the newest ones.</param>
/// <param name="Failing">How many of them would have been refused.</param>
/// <param name="NotJudged">How many of them can't be judged: a part was redacted, sealed or withheld before it was stored.</param>
/// <param name="Examples">The first that fail, each with what is wrong.</param>
public sealed record RecentCheck(int LookedAt, int Failing, int NotJudged, IReadOnlyList<FailedEntry> Examples);

/// <summary>An entry that a schema would have refused.</summary>
/// <param name="Sequence">Its position.</param>
/// <param name="Problems">What is wrong with it.</param>
public sealed record FailedEntry(long Sequence, IReadOnlyList<SchemaProblem> Problems);
