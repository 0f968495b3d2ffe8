using System.Security.Cryptography;
using AuditConsole.Checkpoints;
using AuditConsole.Core.Evidence;
using AuditConsole.Integrity;
using AuditConsole.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Integrity;

/// <summary>Somebody changes the stored checkpoints, or the entries together with all of their hashes.</summary>
public sealed class CheckpointTamperingTests : IAsyncLifetime
{
    private readonly TestStorage _storage = new();
    private int _tenant;
    private int _other;

    private CheckpointService Checkpoints => _storage.Services.GetRequiredService<CheckpointService>();

    public async Task InitializeAsync()
    {
        await _storage.InitializeAsync();
        (_tenant, _other) = (await _storage.AddTenantAsync(), await _storage.AddTenantAsync());
        for (var i = 0; i < 3; i++)
        {
            await AppendAsync(_tenant, 4);
            await AppendAsync(_other, 4);
            await Checkpoints.SignNowAsync(_tenant, default);
            await Checkpoints.SignNowAsync(_other, default);
            _storage.Clock.Advance(TimeSpan.FromMinutes(2));
        }
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
    }

    public async Task DisposeAsync() => await _storage.DisposeAsync();

    [Theory]
    [InlineData("UPDATE checkpoint SET Note = 'x' WHERE Size = 8", 8, "It was changed")]
    [InlineData("UPDATE checkpoint SET Note = replace(Note, 'chain ', 'chain 0') WHERE Size = 8", 8, "It was changed")]
    [InlineData("UPDATE checkpoint SET Note = replace(Note, 'time 1', 'time 2'), Time = Time + 1000000000000 WHERE Size = 8", 8, "It is forged")]
    [InlineData("UPDATE checkpoint SET Note = (SELECT Note FROM checkpoint WHERE TenantNumber = 1 AND Size = 4) WHERE TenantNumber = 1 AND Size = 8", 8, "It was swapped: its note is the one up to #4")]
    [InlineData("UPDATE checkpoint SET Note = (SELECT Note FROM checkpoint WHERE TenantNumber = 2 AND Size = 8) WHERE TenantNumber = 1 AND Size = 8", 8, "another tenant")]
    [InlineData("UPDATE checkpoint SET Time = Time - 1 WHERE Size = 8", 8, "of another time")]
    public async Task A_changed_or_swapped_checkpoint_is_named(string sql, long sequence, string reason)
    {
        _storage.ExecuteRaw(sql);
        var fault = (await _storage.VerifyAsync(_tenant)).Fault;
        Assert.Equal(sequence, fault?.Sequence);
        Assert.Contains(reason, fault!.Reason);
    }

    [Theory]
    [InlineData(false, "signed by a key that isn't this service's")]
    [InlineData(true, "It disagrees with the entries")]
    public async Task A_checkpoint_that_states_something_else_is_named_whoever_signed_it(bool byTheService, string reason)
    {
        var (tenant, row) = (_tenant, Assert.Single(await RowsAsync(_tenant), row => row.Size == 8));
        var statement = SignedCheckpoint.Parse(row.Note).Statement with { Root = new(new byte[32]) };
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (byTheService)
        {
            key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(_storage.Directory, "checkpoint-key.pem")));
        }
        await StoreAsync(tenant, row.Size, SignedCheckpoint.Sign(statement, key).Note.ToString());

        var fault = (await _storage.VerifyAsync(tenant)).Fault;

        Assert.Equal(8, fault?.Sequence);
        Assert.Contains(reason, fault!.Reason);
    }

    [Fact]
    public async Task A_checkpoint_that_is_older_than_the_one_before_it_is_named()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(_storage.Directory, "checkpoint-key.pem")));
        var row = Assert.Single(await RowsAsync(_tenant), row => row.Size == 8);
        var statement = SignedCheckpoint.Parse(row.Note).Statement;
        statement = statement with { Time = statement.Time.AddDays(-1) };
        await StoreAsync(_tenant, 8, SignedCheckpoint.Sign(statement, key).Note.ToString());
        _storage.ExecuteRaw($"UPDATE checkpoint SET Time = {statement.Time.ToUnixTimeMilliseconds()} WHERE TenantNumber = 1 AND Size = 8");

        Assert.Contains("older than the one before", (await _storage.VerifyAsync(_tenant)).Fault?.Reason);
    }

    [Fact]
    public async Task A_cut_end_is_found_by_the_checkpoint_even_where_the_head_was_cut_too()
    {
        _storage.ExecuteRaw(
            """
            DROP TRIGGER entry_leaves_by_retention; DELETE FROM entry WHERE tenant = 1 AND sequence > 10;
            UPDATE chain SET size = 10, hash = (SELECT hash FROM entry WHERE tenant = 1 AND sequence = 10) WHERE tenant = 1
            """);
        var fault = (await _storage.VerifyAsync(_tenant)).Fault;
        Assert.Equal(11, fault?.Sequence);
        Assert.Contains("A checkpoint up to #12 is stored, and the log ends at #10", fault!.Reason);
    }

    [Fact]
    public async Task Entries_that_were_replaced_with_all_their_hashes_disagree_with_the_checkpoint()
    {
        // A forger with the file and this program makes a log of his own, and keeps the checkpoints.
        await using var forger = await TestStorage.StartAsync(clock: new FakeClock(_storage.Clock.Now));
        var tenant = await forger.AddTenantAsync();
        await forger.Store.AppendAsync(TestEntries.Request(tenant, [.. Enumerable.Range(0, 12).Select(_ => TestEntries.Entry(action: "Harmless"))]), default);
        await forger.StopAsync();
        await _storage.StopAsync();
        using (var connection = forger.OpenRaw())
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"ATTACH '{_storage.DatabaseFile}' AS old; INSERT INTO checkpoint SELECT * FROM old.checkpoint WHERE TenantNumber = 1";
            command.ExecuteNonQuery();
        }
        File.Copy(forger.DatabaseFile, _storage.DatabaseFile, overwrite: true);
        await _storage.InitializeAsync();

        var fault = (await _storage.VerifyAsync(_tenant)).Fault;

        Assert.Equal(4, fault?.Sequence);
        Assert.Contains("disagrees with the entries", fault!.Reason);
    }

    private async Task<List<StoredCheckpoint>> RowsAsync(int tenant)
    {
        await using var context = await _storage.Contexts.CreateDbContextAsync();
        return await context.Set<StoredCheckpoint>().AsNoTracking().Where(row => row.TenantNumber == tenant).ToListAsync();
    }

    private async Task StoreAsync(int tenant, long size, string note)
    {
        await using var context = await _storage.Contexts.CreateDbContextAsync();
        await context.Set<StoredCheckpoint>().Where(row => row.TenantNumber == tenant && row.Size == size)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Note, note));
    }

    private Task AppendAsync(int tenant, int count) =>
        _storage.Store.AppendAsync(TestEntries.Request(tenant, [.. Enumerable.Range(0, count).Select(_ => TestEntries.Entry())]), default);
}
