using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using AuditConsole.Withholding;

namespace AuditConsole.Tests.Withholding;

/// <summary>Withholds entries in a test's store, as an Admin would.</summary>
internal static class WithheldEntries
{
    public static readonly Acting Admin = Acting.As("usr_admin", "admin@example.com", Client.Unknown);

    public static async Task<AppendRequest> WithholdRequestAsync(this TestStorage storage, int tenant, string reason, params long[] sequences)
    {
        var entries = new List<AuditEntry>();
        foreach (var sequence in sequences)
        {
            entries.Add((await storage.Store.FindAsync(TestEntries.Scope(tenant), sequence, default))!);
        }
        return WithholdingService.RequestFor(TestEntries.Scope(tenant), entries, Admin, reason);
    }

    public static async Task WithholdAsync(this TestStorage storage, int tenant, string reason, params long[] sequences)
    {
        var requests = new List<AppendRequest>();
        foreach (var batch in sequences.Chunk(60))
        {
            requests.Add(await storage.WithholdRequestAsync(tenant, reason, batch));
        }
        await storage.Store.WithholdAsync(requests, default);
    }

    public static async Task<List<AuditEntry>> ReadAllAsync(this TestStorage storage, EntryFilter filter)
    {
        var entries = new List<AuditEntry>();
        await foreach (var entry in storage.Store.ReadAsync(filter, long.MaxValue, int.MaxValue, default))
        {
            entries.Add(entry);
        }
        return entries;
    }
}
