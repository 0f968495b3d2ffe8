using System.Text;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Retention;
using AuditConsole.Storage;

namespace AuditConsole.Sealing;

/// <summary>A sealed value of an entry, not opened.</summary>
/// <param name="Commitment">As it stands in the entry.</param>
/// <param name="Path">Where it stood, a JSON Pointer; null if it was destroyed.</param>
/// <param name="Rule">The rule that sealed it; null if it was destroyed.</param>
public sealed record SealedRow(EntryHash Commitment, string? Path, string? Rule)
{
    /// <summary>Whether nothing but the commitment is left.</summary>
    public bool IsDestroyed => Path is null;
}

/// <summary>An opened value, and what proves that it is the one in the entry.</summary>
/// <param name="Json">The value as canonical JSON.</param>
/// <param name="Salt">32 hexadecimal digits.</param>
public sealed record OpenedValue(string Json, string Salt);

/// <summary>Lists, opens and destroys what rules sealed. Opening and destroying need an Admin and a reason, and are entries of the log.</summary>
public sealed class SealedValueService(
    IMemberDirectory directory, IEntryStore store, ISealedStore values, ReadScopes scopes, ServiceEntries entries, Sealer sealer)
{
    /// <summary>The most characters of a reason.</summary>
    public const int MaxReason = EntryParser.MaxReasoningLength;

    /// <summary>The sealed values of an entry, in the order of its text.</summary>
    /// <exception cref="AccessDeniedException">The person is no member there.</exception>
    public async Task<IReadOnlyList<SealedRow>> ListAsync(string userId, string? tenantSlug, AuditEntry entry, CancellationToken cancellationToken)
    {
        var commitments = SealedMarks.In(entry.Content);
        if (commitments.Count == 0)
        {
            return [];
        }
        var member = await directory.RequireAsync(userId, tenantSlug, Permission.ReadLog, cancellationToken);
        var kept = (await values.ListSealedAsync(member.Tenant, entry.Sequence, cancellationToken)).ToDictionary(value => value.Commitment);
        return [.. commitments.Select(commitment => kept.TryGetValue(commitment, out var value)
            ? new SealedRow(commitment, value.Path, value.Rule)
            : new SealedRow(commitment, null, null))];
    }

    /// <summary>Opens a value. That it was read is in the log before the value is in anybody's hands.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">The reason is unfit, or the value or its entry is gone.</exception>
    /// <exception cref="StorageException">The key is missing, or another one.</exception>
    public async Task<OpenedValue> OpenAsync(
        string userId, string? tenantSlug, long sequence, EntryHash commitment, string reason, Client client, CancellationToken cancellationToken)
    {
        reason = CheckReason(reason);
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.OpenSealed, cancellationToken);
        var (entry, value) = await FindAsync(admin, sequence, commitment, cancellationToken);
        // First, so that what can't be opened isn't said to have been read.
        var (salt, canonical) = sealer.Open(admin.TenantId, value);
        await entries.AppendAsync(
            admin.Tenant, admin.TenantId, Acting.As(admin, client), "SealedValueRead", Target(entry), Facts(entry, value), change: null, cancellationToken, reason);
        return new OpenedValue(Encoding.UTF8.GetString(canonical), Convert.ToHexStringLower(salt));
    }

    /// <summary>Destroys a value for good; the entry keeps its commitment and stays proved.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">The reason is unfit, the value or its entry is gone, or the entry is under a legal hold.</exception>
    public async Task DestroyAsync(
        string userId, string? tenantSlug, long sequence, EntryHash commitment, string reason, Client client, CancellationToken cancellationToken)
    {
        reason = CheckReason(reason);
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.OpenSealed, cancellationToken);
        var (entry, value) = await FindAsync(admin, sequence, commitment, cancellationToken);
        if (await store.FindHoldsOverAsync(admin.Tenant, sequence, cancellationToken) is [var hold, ..])
        {
            throw new RefusedException($"The entry is under the legal hold “{hold.Name}”: what it holds must stay until that is lifted.");
        }
        var record = ServiceEntries.Request(
            admin.Tenant, admin.TenantId, Acting.As(admin, client), new ServiceEntry(ServiceActions.SealedValueDestroyed, Target(entry), Facts(entry, value), reason));
        if (!await values.DestroySealedAsync(record, sequence, commitment, cancellationToken))
        {
            throw Gone();
        }
    }

    private async Task<(AuditEntry Entry, SealedValue Value)> FindAsync(Member admin, long sequence, EntryHash commitment, CancellationToken cancellationToken)
    {
        var entry = await store.FindAsync(await scopes.OfAsync(admin.Tenant, cancellationToken), sequence, cancellationToken) ?? throw Gone();
        var kept = await values.ListSealedAsync(admin.Tenant, sequence, cancellationToken);
        return (entry, kept.FirstOrDefault(value => value.Commitment == commitment) ?? throw Gone());
    }

    private static Resource Target(AuditEntry entry) => new("AuditEntry", entry.Id.ToString());

    private static Dictionary<string, object?> Facts(AuditEntry entry, SealedValue value) => new()
    {
        ["sequence"] = entry.Sequence,
        ["path"] = value.Path,
        ["rule"] = value.Rule,
        ["commitment"] = value.Commitment.ToString(),
    };

    private static string CheckReason(string reason) => reason.Trim() is { Length: >= 1 and <= MaxReason } text && CanonicalJson.FindRefusal(text) is null
        ? text
        : throw new RefusedException($"Give a reason of 1 to {MaxReason:N0} characters: it stands in the log beside what was done.");

    private static RefusedException Gone() => new("The value is not there any more: it was destroyed, or its entry is gone. Look again.");
}
