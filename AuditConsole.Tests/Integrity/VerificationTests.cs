using System.Text;
using AuditConsole.Core;
using AuditConsole.Integrity;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Integrity;

/// <summary>Somebody with the file and SQL changes it; the walk of the chain names the place.</summary>
public sealed class VerificationTests
{
    private const string DropGuards = "DROP TRIGGER entry_is_never_updated; DROP TRIGGER entry_leaves_by_retention; DROP TRIGGER entry_is_never_replaced; DROP TRIGGER purged_leaf_is_never_updated; DROP TRIGGER purged_leaf_leaves_by_retention;";

    [Theory]
    [InlineData("UPDATE entry SET details = replace(details, 'payload 5', 'payload 6') WHERE sequence = 5", 5, "The entry was changed")]
    [InlineData("UPDATE entry SET details = '' WHERE sequence = 5", 5, "can't be read")]
    [InlineData("UPDATE entry SET occurred_at = occurred_at - 1 WHERE sequence = 5", 5, "The entry was changed")]
    [InlineData("UPDATE entry SET recorded_at = 9000000000000000 WHERE sequence = 5", 5, "can't be read")]
    [InlineData("UPDATE entry SET actor = action WHERE sequence = 5", 5, "The entry was changed")]
    [InlineData("UPDATE entry SET actor = 99999 WHERE sequence = 5", 5, "can't be read")]
    [InlineData("UPDATE entry SET schema_version = 4 WHERE sequence = 5", 5, "The entry was changed")]
    [InlineData("UPDATE entry SET correlation_id = 'other' WHERE sequence = 5", 5, "The entry was changed")]
    [InlineData("UPDATE entry SET id = zeroblob(16) WHERE sequence = 5", 5, "The entry was changed")]
    [InlineData("UPDATE entry SET id = zeroblob(15) WHERE sequence = 5", 5, "can't be read")]
    [InlineData("UPDATE entry SET salt = zeroblob(16) WHERE sequence = 5", 5, "The entry was changed")]
    [InlineData("UPDATE entry SET leaf = zeroblob(32) WHERE sequence = 5", 5, "The entry was changed")]
    [InlineData("UPDATE entry SET hash = zeroblob(32) WHERE sequence = 5", 5, "The link is broken")]
    [InlineData("UPDATE entry SET shown_slug = action WHERE sequence = 5", 5, "The slug by which")]
    [InlineData("UPDATE entry SET ip = NULL WHERE sequence = 5", 5, "The client address by which")]
    [InlineData("UPDATE entry SET ip = action WHERE sequence = 5", 5, "The client address by which")]
    [InlineData("UPDATE dictionary SET value = 'usr_99' WHERE value = 'usr_5'", 5, "The entry was changed")]
    [InlineData("DELETE FROM dictionary WHERE value = 'usr_5'", 5, "can't be read")]
    [InlineData("DELETE FROM entry WHERE sequence = 5", 5, "The entry is missing")]
    [InlineData("DELETE FROM entry WHERE sequence >= 9", 9, "The end is missing")]
    [InlineData("DELETE FROM entry; UPDATE chain SET size = 10", 1, "The end is missing")]
    [InlineData("DELETE FROM entry WHERE sequence = 10; UPDATE chain SET size = 9", 9, "recorded head")]
    [InlineData("UPDATE chain SET size = 8", 9, "behind the recorded end")]
    [InlineData("UPDATE chain SET hash = zeroblob(32)", 10, "recorded head")]
    [InlineData("UPDATE entry SET sequence = 11 WHERE sequence = 5; UPDATE entry SET sequence = 5 WHERE sequence = 6; UPDATE entry SET sequence = 6 WHERE sequence = 11", 5, "The entry was changed")]
    [InlineData("INSERT INTO purged_leaf SELECT tenant, sequence, leaf, hash FROM entry WHERE sequence = 5; DELETE FROM entry WHERE sequence = 5; UPDATE purged_leaf SET leaf = zeroblob(32)", 5, "The link that was kept")]
    [InlineData("INSERT INTO purged_leaf SELECT tenant, sequence, leaf, hash FROM entry WHERE sequence = 5", 5, "a second time")]
    [InlineData("INSERT INTO purged_leaf SELECT tenant, sequence, leaf, hash FROM entry WHERE sequence IN (5, 8); DELETE FROM entry WHERE sequence IN (5, 8)", 5, "marked as purged")]
    [InlineData("INSERT INTO purged_leaf SELECT tenant, sequence, leaf, hash FROM entry WHERE sequence = 5; DELETE FROM entry WHERE sequence = 5; UPDATE entry SET hash = zeroblob(32) WHERE sequence = 8", 5, "marked as purged")]
    public async Task A_change_of_the_file_is_named_where_it_is(string sql, long sequence, string reason)
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await AppendTenAsync(storage);
        Assert.True((await storage.VerifyAsync(tenant)) is { Holds: true, Entries: 10 });
        // Now the process remembers the names, and must not believe its memory.
        Assert.Equal(10, await storage.Store.ReadChainAsync(tenant, 0, default).CountAsync());
        storage.ExecuteRaw(DropGuards);
        storage.ExecuteRaw(sql);
        var result = await storage.VerifyAsync(tenant);
        Assert.Equal(sequence, result.Fault?.Sequence);
        Assert.Contains(reason, result.Fault?.Reason);
    }

    [Theory]
    [InlineData("SELECT 1", 10)]
    [InlineData("UPDATE entry SET details = '{}' WHERE sequence = 7", 6)]
    [InlineData("UPDATE dictionary SET value = 'usr_99' WHERE value = 'usr_5'", 4)]
    [InlineData("UPDATE entry SET ip = NULL WHERE sequence = 5", 4)]
    [InlineData("UPDATE entry SET hash = zeroblob(3) WHERE sequence = 5", 4)]
    [InlineData("DELETE FROM entry WHERE sequence = 2", 1)]
    [InlineData("INSERT INTO purged_leaf SELECT tenant, sequence, leaf, hash FROM entry WHERE sequence = 3", 2)]
    public async Task A_run_ends_before_the_place_that_needs_a_closer_look(string sql, int places)
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await AppendTenAsync(storage);
        var entries = new List<(EntryHash Leaf, EntryHash Link)>();
        await foreach (var place in storage.Store.ReadChainAsync(tenant, 0, default))
        {
            entries.Add((place.Place!.Leaf, place.Place.Entry!.Hash));
        }
        storage.ExecuteRaw(DropGuards);
        storage.ExecuteRaw(sql);
        var run = Assert.Single(await storage.Store.CheckChainAsync(tenant, 0, 10, atOnce: 2, default).ToListAsync());
        Assert.Equal((0, 10), (run.After, run.Last));
        Assert.Equal(entries.Take(places), run.Leaves.Zip(run.Links));
    }

    [Fact]
    public async Task A_tenant_whose_id_was_changed_does_not_hold()
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await AppendTenAsync(storage);
        storage.ExecuteRaw("UPDATE tenant SET Id = '0193F5A0-0000-7000-8000-000000000099'");
        Assert.Equal(1, (await storage.VerifyAsync(tenant)).Fault?.Sequence);
    }

    [Fact]
    public async Task A_changed_entry_does_not_keep_the_others_from_being_read()
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await AppendTenAsync(storage);
        storage.ExecuteRaw(DropGuards);
        storage.ExecuteRaw("DELETE FROM entry WHERE sequence = 5");
        Assert.Equal(9, (await storage.Store.ReadPageAsync(TestEntries.Filter(tenant), new PageRequest(100), default)).Entries.Count);
        storage.ExecuteRaw("UPDATE entry SET details = 'x' WHERE sequence = 3");
        var fault = await Assert.ThrowsAsync<StorageException>(() => storage.Store.ReadPageAsync(TestEntries.Filter(tenant), new PageRequest(100), default));
        Assert.Contains("#3", fault.Message);
        Assert.Equal(5, (await storage.Store.ReadPageAsync(TestEntries.Filter(tenant), new PageRequest(5), default)).Entries.Count);
    }

    [Fact]
    public async Task A_chain_is_proved_while_others_append()
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await AppendTenAsync(storage);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(), TestEntries.Entry()), default);
            }
        });
        for (var i = 0; i < 20; i++)
        {
            Assert.Null((await storage.VerifyAsync(tenant)).Fault);
        }
        await stop.CancelAsync();
        await writer;
    }

    [Fact]
    public async Task A_backup_is_whole_while_others_append_and_never_overwrites()
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await AppendTenAsync(storage);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default);
            }
        });
        var copy = Directory.CreateTempSubdirectory("audit-backup-").FullName;
        var file = Path.Combine(copy, "audit-console.db");
        var backups = storage.Services.GetRequiredService<BackupService>();
        Assert.Equal(await backups.BackupAsync(file, default), new FileInfo(file).Length);
        await stop.CancelAsync();
        await writer;
        Assert.Contains("exists already", (await Assert.ThrowsAsync<StorageException>(() => backups.BackupAsync(file, default))).Message);
        Assert.Equal(["audit-console.db"], Directory.GetFiles(copy).Select(Path.GetFileName));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        await using (var restored = await TestStorage.StartAsync(copy))
        {
            var result = await restored.VerifyAsync(tenant);
            Assert.True(result.Holds && result.Entries >= 10);
            await restored.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default);
            Assert.True((await restored.VerifyAsync(tenant)).Holds);
        }
        Directory.Delete(copy, recursive: true);
    }

    private static async Task<int> AppendTenAsync(TestStorage storage)
    {
        var tenant = await storage.AddTenantAsync();
        await storage.Store.AppendAsync(
            TestEntries.Request(tenant, [.. Enumerable.Range(1, 10).Select(i => TestEntries.Entry(actor: $"usr_{i}", ip: $"203.0.113.{i}", metadata: new { text = $"payload {i}" }))]),
            default);
        return tenant;
    }
}
