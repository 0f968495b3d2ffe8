using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Storage;

public sealed class HostedStorageTests
{
    [Fact]
    public async Task The_application_appends_and_reads_entries_from_its_start()
    {
        await using var console = new ConsoleFactory();
        console.StartServer();
        var store = console.Services.GetRequiredService<IEntryStore>();
        var first = await store.AppendAsync(TestEntries.Request(1, TestEntries.Entry(), TestEntries.Entry(slug: "no-var")), default);
        var page = await store.ReadPageAsync(TestEntries.Filter(1), new PageRequest(100), default);
        Assert.Equal([2L, 1L], page.Entries.Select(entry => entry.Sequence));
        Assert.Equal(first.Entries[1].Hash, page.Entries[0].Hash);
        Assert.Equal(1, await store.CountAsync(TestEntries.Filter(1) with { Slug = "no-var" }, page.Snapshot, default));
        await using var scope = console.Services.CreateAsyncScope();
        Assert.Equal(0, await scope.ServiceProvider.GetRequiredService<ConsoleDbContext>().Tenants.CountAsync());
    }
}
