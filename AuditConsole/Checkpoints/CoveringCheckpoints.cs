using System.Globalization;
using AuditConsole.Core.Evidence;
using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Checkpoints;

/// <summary>The stored checkpoints, for those who prove something by them.</summary>
internal sealed class CoveringCheckpoints(IDbContextFactory<ConsoleDbContext> contexts, CheckpointService service)
{
    /// <summary>A tenant's newest checkpoint; null if nothing was signed yet.</summary>
    /// <exception cref="StorageException">It was changed in the database.</exception>
    public async Task<SignedCheckpoint?> FindNewestAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var note = await context.Set<StoredCheckpoint>().AsNoTracking().Where(row => row.TenantNumber == tenant)
            .OrderByDescending(row => row.Size).Select(row => row.Note).FirstOrDefaultAsync(cancellationToken);
        try
        {
            return note is null ? null : SignedCheckpoint.Parse(note);
        }
        catch (FormatException fault)
        {
            throw new StorageException($"The newest checkpoint was changed in the database: {fault.Message}", fault);
        }
    }

    /// <summary>A checkpoint that covers an entry; signed now, if none does yet.</summary>
    /// <exception cref="RefusedException">The service doesn't sign; the message says why.</exception>
    public async Task<SignedCheckpoint> RequireAsync(int tenant, long sequence, CancellationToken cancellationToken)
    {
        if (await FindNewestAsync(tenant, cancellationToken) is { } newest && newest.Statement.Size >= sequence)
        {
            return newest;
        }
        await service.SignNowAsync(tenant, cancellationToken);
        newest = await FindNewestAsync(tenant, cancellationToken);
        return newest is not null && newest.Statement.Size >= sequence ? newest : throw new RefusedException(
            $"The log is not signed up to entry #{sequence.ToString("N0", CultureInfo.InvariantCulture)}, so there is nothing to prove it by. {service.RefusalOf(tenant) ?? "Try again in a minute."}");
    }
}
