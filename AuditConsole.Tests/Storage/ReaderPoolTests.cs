using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Storage;

/// <summary>How many read at once, in which order, and what becomes of those that give up.</summary>
public sealed class ReaderPoolTests(TestStorage storage) : IClassFixture<TestStorage>
{
    private static readonly int Cores = Environment.ProcessorCount;

    // Far beyond what a slow machine needs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private ReaderPool Pool => storage.Services.GetRequiredService<ReaderPool>();

    [Fact]
    public async Task As_many_read_at_once_as_there_are_cores_and_the_others_in_the_order_in_which_they_came()
    {
        await using var busy = await BusyReaders.TakeAllAsync(Pool);
        var read = new List<int>();
        var waiting = Enumerable.Range(0, 20).Select(i => Pool.RunAsync(_ => { read.Add(i); return i; }, default)).ToList();
        await Task.Delay(50);
        Assert.Empty(read);
        // One after the other through the one place that is free.
        busy.LeaveOne();
        await Task.WhenAll(waiting).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 20), read);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nobodys_turn()
    {
        await using var busy = await BusyReaders.TakeAllAsync(Pool);
        using var gone = new CancellationTokenSource();
        var given = Enumerable.Range(0, 3).Select(_ => Pool.RunAsync(_ => true, gone.Token)).ToList();
        var waiting = Pool.RunAsync(_ => true, default);
        await gone.CancelAsync();
        foreach (var one in given)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.WaitAsync(Patience));
        }
        Assert.False(waiting.IsCompleted);
        busy.LeaveOne();
        Assert.True(await waiting.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_query_that_nobody_waits_for_ends_and_the_reader_is_free_again()
    {
        for (var i = 0; i < 2 * Cores; i++)
        {
            using var gone = new CancellationTokenSource();
            var running = new TaskCompletionSource();
            var query = Task.Run(() => Pool.RunAsync(
                connection =>
                {
                    var endless = connection.Prepare("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i % 1000 = 0");
                    while (endless.Step())
                    {
                        running.TrySetResult();
                    }
                    return 0;
                },
                gone.Token));
            await running.Task.WaitAsync(Patience);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query.WaitAsync(Patience));
        }
        await using var all = await BusyReaders.TakeAllAsync(Pool);
    }

    [Fact]
    public async Task A_query_ends_between_two_statements_too()
    {
        using var gone = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Pool.RunAsync(
            connection =>
            {
                gone.Cancel();
                connection.Prepare("SELECT 1").Run();
                return 0;
            },
            gone.Token));
    }

    [Fact]
    public async Task Slow_exports_hold_neither_the_readers_nor_the_writer_nor_the_log()
    {
        var tenant = await storage.AddTenantAsync();
        for (var i = 0; i < 2; i++)
        {
            await storage.Store.AppendAsync(TestEntries.Request(tenant, [.. Enumerable.Range(0, 900).Select(_ => TestEntries.Entry())]), default);
        }
        var exports = Enumerable.Range(0, 2 * Cores)
            .Select(_ => storage.Store.ReadAsync(TestEntries.Filter(tenant), 1800, int.MaxValue, default).GetAsyncEnumerator()).ToList();
        foreach (var export in exports)
        {
            Assert.True(await export.MoveNextAsync());
        }

        // All of them wait for slow clients.
        Assert.Equal(1800, await storage.Store.CountAsync(TestEntries.Filter(tenant), 1800, default).WaitAsync(Patience));
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default).WaitAsync(Patience);
        Assert.True(await storage.Writer.RunAsync(inTransaction: false, session => session.EmptyLog(), default));

        foreach (var export in exports)
        {
            var (entries, next) = (new List<AuditEntry> { export.Current }, true);
            while (next = await export.MoveNextAsync())
            {
                entries.Add(export.Current);
            }
            Assert.Equal(Enumerable.Range(1, 1800).Reverse().Select(i => (long)i), entries.Select(entry => entry.Sequence));
            await export.DisposeAsync();
        }
    }

    [Fact]
    public async Task Readers_that_never_end_leave_the_writer_alone_and_broken_off_they_leave_the_log()
    {
        var tenant = await storage.AddTenantAsync();
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default);
        await using (var busy = await BusyReaders.TakeAllAsync(Pool))
        {
            for (var i = 0; i < 20; i++)
            {
                await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default).WaitAsync(Patience);
            }
        }
        Assert.True(await storage.Writer.RunAsync(inTransaction: false, session => session.EmptyLog(), default));
        Assert.Equal(21, (await storage.Store.ReadHeadAsync(tenant, default)).Size);
    }
}

/// <summary>Holds all readers, each in a snapshot of the database.</summary>
internal sealed class BusyReaders : IAsyncDisposable
{
    private readonly SemaphoreSlim _leave = new(0);
    private Task[] _reading = [];

    public static async Task<BusyReaders> TakeAllAsync(ReaderPool pool)
    {
        var readers = new BusyReaders();
        using var inside = new SemaphoreSlim(0);
        readers._reading = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Factory.StartNew(
            () => pool.RunAsync(
                connection =>
                {
                    connection.Prepare("SELECT count(*) FROM chain").Run();
                    inside.Release();
                    readers._leave.Wait();
                    return 0;
                },
                default),
            default, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap())];
        foreach (var _ in readers._reading)
        {
            Assert.True(await inside.WaitAsync(TimeSpan.FromMinutes(1)), "A reader is missing.");
        }
        return readers;
    }

    /// <summary>Gives one reader back.</summary>
    public void LeaveOne() => _leave.Release();

    public async ValueTask DisposeAsync()
    {
        _leave.Release(_reading.Length);
        await Task.WhenAll(_reading);
        _leave.Dispose();
    }
}
