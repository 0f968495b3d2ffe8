using System.Text.Json;
using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Exports;

/// <summary>A download as the list shows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="UserName">Who downloaded.</param>
/// <param name="ExportedAt">When.</param>
/// <param name="FileName">The file's name.</param>
/// <param name="Count">How many entries it holds.</param>
/// <param name="Matched">How many matched.</param>
public sealed record ExportRow(Guid Id, string UserName, DateTimeOffset ExportedAt, string FileName, long Count, long Matched);

/// <summary>Remembers what was downloaded, for 30 days. Every call asks anew whether the person may.</summary>
internal sealed class ExportRecords(IDbContextFactory<ConsoleDbContext> contexts, IMemberDirectory directory, TimeProvider clock)
{
    // The page shows no more; a receipt's own address works for all.
    private const int MostShown = 200;

    /// <summary>Records a file that was written to its end, and drops the records that have had their time.</summary>
    public async Task<Guid> AddAsync(ExportPlan plan, ExportRequest request, WrittenFile written, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var record = new ExportRecord
        {
            Id = Guid.CreateVersion7(now),
            TenantNumber = plan.Member.Tenant,
            UserId = plan.Member.UserId,
            UserName = plan.Member.Email,
            ExportedAt = now,
            Format = request.Format == ExportFormat.Csv ? "csv" : "json",
            FileName = ExportFileName.Of(plan.Member.TenantSlug, request, plan.Count, plan.Limit),
            FileHash = written.Hash.ToArray(),
            Filter = JsonSerializer.Serialize(request.Filter.Parameters().Where(pair => pair.Key != "tenant").ToDictionary()),
            From = plan.Filter.From ?? DateTimeOffset.UnixEpoch,
            Until = plan.Filter.To ?? DateTimeOffset.UnixEpoch,
            ExpiredBefore = plan.Filter.Scope.ExpiredBefore,
            Snapshot = plan.Snapshot,
            Matched = plan.IsCut ? plan.Count : written.Sequences.Count,
            Count = written.Sequences.Count,
            Rows = SequenceList.Pack(written.Sequences),
        };
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var end = now - ExportRecord.Kept;
        context.RemoveRange(await context.Set<ExportRecord>().Where(old => old.ExportedAt < end).ToListAsync(cancellationToken));
        context.Add(record);
        await context.SaveChangesAsync(cancellationToken);
        return record.Id;
    }

    /// <summary>The account's newest downloads.</summary>
    /// <exception cref="AccessDeniedException">The person may not export this log.</exception>
    public async Task<IReadOnlyList<ExportRow>> ListAsync(string userId, string? tenant, CancellationToken cancellationToken)
    {
        var member = await directory.RequireAsync(userId, tenant, Permission.Export, cancellationToken);
        var end = clock.GetUtcNow() - ExportRecord.Kept;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<ExportRecord>().AsNoTracking()
            .Where(record => record.TenantNumber == member.Tenant && record.ExportedAt >= end)
            .OrderByDescending(record => record.ExportedAt).Take(MostShown)
            .Select(record => new ExportRow(record.Id, record.UserName, record.ExportedAt, record.FileName, record.Count, record.Matched))
            .ToListAsync(cancellationToken);
    }

    /// <summary>A download, with its tenant; null if there is none of that id in the account.</summary>
    /// <exception cref="AccessDeniedException">The person may not export this log.</exception>
    public async Task<ExportRecord?> FindAsync(string userId, string? tenant, Guid id, CancellationToken cancellationToken)
    {
        var member = await directory.RequireAsync(userId, tenant, Permission.Export, cancellationToken);
        var end = clock.GetUtcNow() - ExportRecord.Kept;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<ExportRecord>().AsNoTracking().Include(record => record.Tenant)
            .SingleOrDefaultAsync(record => record.Id == id && record.TenantNumber == member.Tenant && record.ExportedAt >= end, cancellationToken);
    }
}
