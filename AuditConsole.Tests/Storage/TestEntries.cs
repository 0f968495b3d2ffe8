using System.Net;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Tests.Storage;

/// <summary>Entries and requests for tests of the store.</summary>
public static class TestEntries
{
    public static readonly Guid TenantId = new("0193f5a0-0000-7000-8000-000000000001");

    public static NewEntry Entry(
        string action = "RulePublished", string type = "Rule", string slug = "no-eval", string actor = "usr_1",
        DateTimeOffset? occurredAt = null, string? ip = null, object? metadata = null) => new()
        {
            Actor = new Actor("user", actor),
            Action = action,
            Target = new Resource(type, $"id-of-{slug}", slug, "1.0.0"),
            OccurredAt = occurredAt,
            Ip = ip is null ? null : IPAddress.Parse(ip),
            Metadata = metadata is null ? CanonicalObject.Empty : CanonicalObject.From(metadata),
        };

    public static AppendRequest Request(int tenant, params NewEntry[] entries) => new()
    {
        Tenant = tenant,
        TenantId = IdOf(tenant),
        RecordedBy = "key:key_1",
        Entries = [.. entries.Select(PreparedEntry.From)],
    };

    public static Guid IdOf(int tenant) => new($"0193f5a0-0000-7000-8000-{tenant:d12}");

    public static ReadScope Scope(int tenant, DateTimeOffset? expiredBefore = null) =>
        new(tenant, IdOf(tenant), expiredBefore ?? DateTimeOffset.UnixEpoch);

    public static EntryFilter Filter(int tenant, DateTimeOffset? expiredBefore = null) => new() { Scope = Scope(tenant, expiredBefore) };
}
