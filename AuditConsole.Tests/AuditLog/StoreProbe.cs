using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Tests.AuditLog;

/// <summary>The real store, whose pages and counts can be made to fail or wait.</summary>
internal sealed class StoreProbe(IEntryStore store) : IEntryStore
{
    public int PagesRead { get; private set; }

    public Func<Task> BeforePage { get; set; } = () => Task.CompletedTask;

    public Func<CancellationToken, Task> BeforeCount { get; set; } = _ => Task.CompletedTask;

    public async Task<EntryPage> ReadPageAsync(EntryFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        PagesRead++;
        await BeforePage();
        return await store.ReadPageAsync(filter, page, cancellationToken);
    }

    public async Task<long> CountAsync(EntryFilter filter, long snapshot, CancellationToken cancellationToken)
    {
        await BeforeCount(cancellationToken);
        return await store.CountAsync(filter, snapshot, cancellationToken);
    }

    public Task<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken) => store.AppendAsync(request, cancellationToken);

    public Task<byte[]?> FindAnswerAsync(int tenant, IdempotencyKey key, CancellationToken cancellationToken) => store.FindAnswerAsync(tenant, key, cancellationToken);

    public IAsyncEnumerable<AuditEntry> ReadAsync(EntryFilter filter, long snapshot, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(filter, snapshot, limit, cancellationToken);

    public Task<AuditEntry?> FindAsync(ReadScope scope, long sequence, CancellationToken cancellationToken) => store.FindAsync(scope, sequence, cancellationToken);

    public Task<IReadOnlyList<EntryKind>> ListKindsAsync(ReadScope scope, CancellationToken cancellationToken) => store.ListKindsAsync(scope, cancellationToken);

    public Task<ChainHead> ReadHeadAsync(int tenant, CancellationToken cancellationToken) => store.ReadHeadAsync(tenant, cancellationToken);

    public Task<ChainBase> ReadBaseAsync(int tenant, CancellationToken cancellationToken) => store.ReadBaseAsync(tenant, cancellationToken);

    public IAsyncEnumerable<ChainPlace> ReadChainAsync(int tenant, long after, CancellationToken cancellationToken) => store.ReadChainAsync(tenant, after, cancellationToken);

    public Task<ExpiredEntries> FindExpiredAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken) => store.FindExpiredAsync(tenant, before, cancellationToken);

    public Task<ExpiredEntries> PurgeAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken) => store.PurgeAsync(tenant, before, cancellationToken);
}
