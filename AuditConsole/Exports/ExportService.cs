using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Retention;
using AuditConsole.Storage;
using Microsoft.Extensions.Options;

namespace AuditConsole.Exports;

/// <summary>What a download will hold, decided before its first byte.</summary>
/// <param name="Member">Who downloads.</param>
/// <param name="Filter">Which entries.</param>
/// <param name="Snapshot">The newest sequence that counts.</param>
/// <param name="Count">How many match.</param>
/// <param name="Limit">The most that the file holds: the newest.</param>
internal sealed record ExportPlan(Member Member, EntryFilter Filter, long Snapshot, long Count, int Limit)
{
    /// <summary>Whether entries are left out.</summary>
    public bool IsCut => Count > Limit;
}

/// <summary>What a file holds.</summary>
/// <param name="Sequences">The sequences of its entries, in its order.</param>
/// <param name="Hash">SHA-256 of its bytes.</param>
internal sealed record WrittenFile(IReadOnlyList<long> Sequences, EntryHash Hash);

/// <summary>Streams the entries of a filter into a file. Every call asks anew whether the person may.</summary>
internal sealed class ExportService(IEntryStore store, ReadScopes scopes, IMemberDirectory directory, IOptions<ExportOptions> options)
{
    /// <summary>The most entries of one file.</summary>
    public int Limit => options.Value.MaxEntries;

    /// <summary>Counts what the file will hold.</summary>
    /// <exception cref="AccessDeniedException">The person may not export this log.</exception>
    public async Task<ExportPlan> PlanAsync(string userId, ExportRequest request, CancellationToken cancellationToken)
    {
        var (member, filter) = await OpenAsync(userId, request.Filter, cancellationToken);
        // What arrives while the file is written is outside it, whatever was asked for.
        var snapshot = Math.Min(request.Snapshot, (await store.ReadHeadAsync(member.Tenant, cancellationToken)).Size);
        var count = await store.CountAsync(filter, snapshot, cancellationToken);
        return new ExportPlan(member, filter, snapshot, count, Limit);
    }

    /// <summary>
    /// When the oldest entry that still fits into the file occurred. Reads as much as the file would hold, so it is
    /// asked only where a person is about to lose something.
    /// </summary>
    /// <exception cref="AccessDeniedException">The person may not export this log.</exception>
    public async Task<DateTimeOffset?> FindCutAsync(string userId, EntryFilterQuery query, long snapshot, CancellationToken cancellationToken)
    {
        var (_, filter) = await OpenAsync(userId, query, cancellationToken);
        DateTimeOffset? oldest = null;
        await foreach (var entry in store.ReadAsync(filter, snapshot, Limit, cancellationToken))
        {
            oldest = entry.OccurredAt;
        }
        return oldest;
    }

    /// <summary>Writes the file. Of its entries no more is kept than their sequences.</summary>
    /// <param name="plan">What to write.</param>
    /// <param name="format">As what.</param>
    /// <param name="output">Gets nothing before the store has given the first entry, so that a store that fails at once can still be told.</param>
    /// <param name="cancellationToken">The reader of <paramref name="output"/> went away.</param>
    /// <returns>What it holds, for its receipt.</returns>
    public async Task<WrittenFile> WriteAsync(ExportPlan plan, ExportFormat format, Stream output, CancellationToken cancellationToken)
    {
        await using var entries = store.ReadAsync(plan.Filter, plan.Snapshot, plan.Limit, cancellationToken).ReadAheadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        var any = await entries.MoveNextAsync();
        await using var hashed = new HashingStream(output);
        var file = EntryFile.Create(format, hashed);
        var sequences = new List<long>();
        for (; any; any = await entries.MoveNextAsync())
        {
            await file.WriteAsync(entries.Current, cancellationToken);
            sequences.Add(entries.Current.Sequence);
        }
        await file.EndAsync(cancellationToken);
        return new WrittenFile(sequences, hashed.Hash());
    }

    private async Task<(Member Member, EntryFilter Filter)> OpenAsync(string userId, EntryFilterQuery query, CancellationToken cancellationToken)
    {
        var member = await directory.RequireAsync(userId, query.Tenant, Permission.Export, cancellationToken);
        return (member, query.ToFilter(await scopes.OfAsync(member.Tenant, cancellationToken)));
    }
}
