using System.Runtime.CompilerServices;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Exports;

public sealed class BrokenExportTests : IAsyncLifetime
{
    private readonly ExportFixture _fixture = new() { Count = 0 };
    private UnreliableStore _store = default!;

    public async Task InitializeAsync()
    {
        _fixture.Console.ConfigureServices = services => services.AddSingleton<IEntryStore>(
            provider => _store = new UnreliableStore(provider.GetRequiredService<SqliteEntryStore>()));
        await _fixture.InitializeAsync();
    }

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_store_that_fails_midway_breaks_the_download_off()
    {
        foreach (var format in new[] { "csv", "json" })
        {
            using var answer = await _fixture.PostAsync(_fixture.Admin, Form("fails", format), HttpCompletionOption.ResponseHeadersRead);

            Assert.True(answer.IsSuccessStatusCode);
            await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task A_store_that_fails_at_once_is_told_as_an_error()
    {
        using var answer = await _fixture.PostAsync(_fixture.Admin, Form("fails-at-once", "csv"));

        Assert.Equal(System.Net.HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Null(answer.Content.Headers.ContentDisposition);
    }

    [Fact]
    public async Task A_client_that_goes_away_stops_the_query()
    {
        using (var answer = await _fixture.PostAsync(_fixture.Admin, Form("endless", "csv"), HttpCompletionOption.ResponseHeadersRead))
        {
            var stream = await answer.Content.ReadAsStreamAsync();
            await stream.ReadExactlyAsync(new byte[1024]);
        }

        await _store.Stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private Dictionary<string, string> Form(string slug, string format)
    {
        var form = _fixture.Form(_fixture.Small, format);
        form["slug"] = slug;
        return form;
    }

    /// <summary>The real store, but for slugs that ask for trouble.</summary>
    private sealed class UnreliableStore(IEntryStore real) : IEntryStore
    {
        public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async IAsyncEnumerable<AuditEntry> ReadAsync(
            EntryFilter filter, long snapshot, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var entry = (await real.ReadPageAsync(filter with { Target = null }, new PageRequest(1), cancellationToken)).Entries[0];
            try
            {
                for (var written = 0; filter.Target != "fails-at-once" && (filter.Target == "endless" || written < 5_000); written++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return entry;
                }
            }
            finally
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    Stopped.TrySetResult();
                }
            }
            throw new StorageException("The disk failed.");
        }

        public Task<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken) => real.AppendAsync(request, cancellationToken);

        public Task<byte[]?> FindAnswerAsync(int tenant, IdempotencyKey key, CancellationToken cancellationToken) => real.FindAnswerAsync(tenant, key, cancellationToken);

        public Task<EntryPage> ReadPageAsync(EntryFilter filter, PageRequest page, CancellationToken cancellationToken) => real.ReadPageAsync(filter, page, cancellationToken);

        public Task<long> CountAsync(EntryFilter filter, long snapshot, CancellationToken cancellationToken) => real.CountAsync(filter, snapshot, cancellationToken);

        public Task<IReadOnlyList<DayCount>> CountByDayAsync(EntryFilter filter, long snapshot, CancellationToken cancellationToken) =>
            real.CountByDayAsync(filter, snapshot, cancellationToken);

        public Task<EntryTail> ReadTailAsync(EntryFilter filter, long after, int limit, CancellationToken cancellationToken) => real.ReadTailAsync(filter, after, limit, cancellationToken);

        public Task WaitForMoreAsync(int tenant, long size, CancellationToken cancellationToken) => real.WaitForMoreAsync(tenant, size, cancellationToken);

        public Task<AuditEntry?> FindAsync(ReadScope scope, Guid id, CancellationToken cancellationToken) => real.FindAsync(scope, id, cancellationToken);

        public Task<AuditEntry?> FindAsync(ReadScope scope, long sequence, CancellationToken cancellationToken) => real.FindAsync(scope, sequence, cancellationToken);

        public Task<IReadOnlyList<EntryKind>> ListKindsAsync(ReadScope scope, CancellationToken cancellationToken) => real.ListKindsAsync(scope, cancellationToken);

        public Task<long> FindRecordedBeforeAsync(int tenant, DateTimeOffset time, CancellationToken cancellationToken) => real.FindRecordedBeforeAsync(tenant, time, cancellationToken);

        public Task<ChainHead> ReadHeadAsync(int tenant, CancellationToken cancellationToken) => real.ReadHeadAsync(tenant, cancellationToken);

        public Task<ChainBase> ReadBaseAsync(int tenant, CancellationToken cancellationToken) => real.ReadBaseAsync(tenant, cancellationToken);

        public IAsyncEnumerable<CheckedRun> CheckChainAsync(int tenant, long after, long to, int atOnce, CancellationToken cancellationToken) => real.CheckChainAsync(tenant, after, to, atOnce, cancellationToken);

        public IAsyncEnumerable<StoredPlace> ReadChainAsync(int tenant, long after, CancellationToken cancellationToken) => real.ReadChainAsync(tenant, after, cancellationToken);

        public Task<ExpiredEntries> FindExpiredAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken) => real.FindExpiredAsync(tenant, before, cancellationToken);

        public Task<int> RemoveOldAnswersAsync(CancellationToken cancellationToken) => real.RemoveOldAnswersAsync(cancellationToken);

        public Task<PurgedPlaces> ReadPurgedAsync(int tenant, CancellationToken cancellationToken) => real.ReadPurgedAsync(tenant, cancellationToken);

        public Task<ExpiredEntries> FindUnrecordedPurgeAsync(int tenant, CancellationToken cancellationToken) => real.FindUnrecordedPurgeAsync(tenant, cancellationToken);

        public Task WithholdAsync(IReadOnlyList<AppendRequest> requests, CancellationToken cancellationToken) => real.WithholdAsync(requests, cancellationToken);

        public Task<IReadOnlyList<HoldOver>> FindHoldsOverAsync(int tenant, long sequence, CancellationToken cancellationToken) => real.FindHoldsOverAsync(tenant, sequence, cancellationToken);

        public Task<IReadOnlyList<HeldEntries>> CountHeldAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken) => real.CountHeldAsync(tenant, before, cancellationToken);

        public Task<ExpiredEntries> PurgeAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken) => real.PurgeAsync(tenant, before, cancellationToken);
    }
}
