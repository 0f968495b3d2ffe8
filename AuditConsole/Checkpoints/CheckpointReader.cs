using AuditConsole.Core.Evidence;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Checkpoints;

/// <summary>Reads the stored checkpoints and tells which of them are what they should be.</summary>
public sealed class CheckpointReader(IDbContextFactory<ConsoleDbContext> contexts, SigningKey key)
{
    /// <summary>Reads the key for a process that doesn't sign.</summary>
    /// <returns>Why signatures can't be checked, a sentence; null if they can, or if there are none.</returns>
    public async Task<string?> TryOpenKeyAsync(CancellationToken cancellationToken)
    {
        try
        {
            key.Open(mayCreate: false);
            return null;
        }
        catch (StorageException fault)
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            return await context.Set<StoredCheckpoint>().AnyAsync(cancellationToken) ? fault.Message : null;
        }
    }

    /// <summary>The stored checkpoints above a size, the smallest first.</summary>
    public async Task<IReadOnlyList<StoredCheckpoint>> ReadAsync(int tenant, long aboveSize, int most, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<StoredCheckpoint>().AsNoTracking()
            .Where(row => row.TenantNumber == tenant && row.Size > aboveSize)
            .OrderBy(row => row.Size).Take(most).ToListAsync(cancellationToken);
    }

    /// <summary>The newest stored checkpoints.</summary>
    public async Task<IReadOnlyList<StoredCheckpoint>> ReadNewestAsync(int tenant, int most, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<StoredCheckpoint>().AsNoTracking()
            .Where(row => row.TenantNumber == tenant)
            .OrderByDescending(row => row.Size).Take(most).ToListAsync(cancellationToken);
    }

    /// <summary>Checks what a stored checkpoint says of itself: that it is one, of this tenant, of this size, and signed by this service.</summary>
    /// <param name="row">The row.</param>
    /// <param name="tenantId">The tenant's UUID.</param>
    /// <param name="statement">What it states; null where it can't be read.</param>
    /// <returns>What is wrong, a sentence; null if nothing.</returns>
    public string? FindFault(StoredCheckpoint row, Guid tenantId, out Checkpoint? statement)
    {
        statement = null;
        SignedCheckpoint signed;
        try
        {
            signed = SignedCheckpoint.Parse(row.Note);
        }
        catch (FormatException fault)
        {
            return $"It was changed: {fault.Message}";
        }
        statement = signed.Statement;
        if (statement.TenantId != tenantId)
        {
            return "It belongs to another tenant.";
        }
        if (statement.Size != row.Size)
        {
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"It was swapped: its note is the one up to #{statement.Size:N0}.");
        }
        if (statement.Time != row.Time)
        {
            return "It was swapped: its note is of another time.";
        }
        if (statement.Service != key.Service)
        {
            return $"It was made under the name {statement.Service}, and this service is {key.Service} (Integrity:ServiceName).";
        }
        // Without the key, what is stored can still be compared with the chain.
        if (key.Public is null || key.IsLost(row.KeyId))
        {
            return null;
        }
        var trust = key.All.Select(known => signed.Check(known)).ToList();
        return trust.Contains(NoteTrust.Signed) ? null
            : trust.Contains(NoteTrust.Forged) ? "It is forged: its signature isn't one of this service's key over this text."
            : "It is signed by a key that isn't this service's.";
    }
}
