using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using Microsoft.Extensions.Options;

namespace AuditConsole.Exports;

/// <summary>What a download will hold, decided before its first byte.</summary>
/// <param name="Filter">Which entries.</param>
/// <param name="Snapshot">The newest sequence that counts.</param>
/// <param name="Count">How many match.</param>
/// <param name="Limit">The most that the file holds: the newest.</param>
internal sealed record ExportPlan(EntryFilter Filter, long Snapshot, long Count, int Limit)
{
    /// <summary>Whether entries are left out.</summary>
    public bool IsCut => Count > Limit;
}

/// <summary>Streams the entries of a filter into a file.</summary>
internal sealed class ExportService(IEntryStore store, ReadScopes scopes, IOptions<ExportOptions> options)
{
    /// <summary>Counts what the file will hold.</summary>
    public async Task<ExportPlan> PlanAsync(Member member, ExportRequest request, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(member.Tenant, cancellationToken);
        var filter = request.In(scope);
        var count = await store.CountAsync(filter, request.Snapshot, cancellationToken);
        return new ExportPlan(filter, request.Snapshot, count, options.Value.MaxEntries);
    }

    /// <summary>Writes the file; returns how many entries it holds. Memory doesn't grow with their number.</summary>
    /// <param name="plan">What to write.</param>
    /// <param name="format">As what.</param>
    /// <param name="output">Gets nothing before the store has given the first entry, so that a store that fails at once can still be told.</param>
    /// <param name="cancellationToken">The reader of <paramref name="output"/> went away.</param>
    public async Task<long> WriteAsync(ExportPlan plan, ExportFormat format, Stream output, CancellationToken cancellationToken)
    {
        await using var entries = store.ReadAsync(plan.Filter, plan.Snapshot, plan.Limit, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var any = await entries.MoveNextAsync();
        await using var file = EntryFile.Create(format, output);
        var written = 0L;
        for (; any; any = await entries.MoveNextAsync())
        {
            await file.WriteAsync(entries.Current, cancellationToken);
            written++;
        }
        await file.EndAsync(cancellationToken);
        return written;
    }
}
