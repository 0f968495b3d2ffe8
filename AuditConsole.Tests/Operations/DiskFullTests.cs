using AuditConsole.Storage.Sqlite;
using AuditConsole.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Operations;

public sealed class DiskFullTests
{
    // SQLite's own limit of pages gives the same SQLITE_FULL, from the same calls, as a disk without space.
    [Fact]
    public async Task A_full_disk_is_told_nothing_is_stored_and_the_service_goes_on_when_there_is_space()
    {
        await using var console = new ConsoleFactory();
        console.StartServer();
        using var producer = await Producer.CreateAsync(console);
        Assert.Equal(201, (await producer.SendAsync(Bodies.Entry())).Status);
        await LimitAsync(console, "PRAGMA max_page_count = 1");
        var big = $"[{string.Join(',', Enumerable.Repeat(Bodies.Entry(extra: $",\"metadata\":{{\"a\":\"{new string('x', 60_000)}\"}}"), 5))}]";
        var full = await producer.SendAsync(big, "k");
        full.AssertError(500, "storage_error");
        Assert.Contains("Nothing was stored", full.Body);
        Assert.Equal(2, await producer.CountAsync());
        using (var ready = await producer.Client.GetAsync("/readyz"))
        {
            Assert.True(ready.IsSuccessStatusCode);
        }
        await LimitAsync(console, "PRAGMA max_page_count = 1073741823");
        var again = await producer.SendAsync(big, "k");
        Assert.Equal((201, false), (again.Status, again.Replayed));
        Assert.Equal([3L, 4, 5, 6, 7], again.Places.Select(place => place.Sequence));
    }

    private static Task LimitAsync(ConsoleFactory console, string pragma) =>
        console.Services.GetRequiredService<SqliteWriter>().RunAsync(
            inTransaction: false,
            session =>
            {
                // A limit below the size of the file means: the size of the file.
                SqlitePragmas.Execute(session.Connection, pragma);
                return true;
            },
            CancellationToken.None);
}
