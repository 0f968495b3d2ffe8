using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Integrity;

/// <summary>Somebody changes what is derived from the entries: by it entries are found, held and proved.</summary>
public sealed class DerivedTablesTests : IAsyncLifetime
{
    private readonly TestStorage _storage = new();
    private int _tenant;

    private ITreeStore Trees => _storage.Services.GetRequiredService<ITreeStore>();

    private IEntryIndex Index => _storage.Services.GetRequiredService<IEntryIndex>();

    public async Task InitializeAsync()
    {
        await _storage.InitializeAsync();
        _tenant = await _storage.AddTenantAsync();
    }

    public async Task DisposeAsync() => await _storage.DisposeAsync();

    [Theory]
    [InlineData("UPDATE tree_block SET leaves = zeroblob(8192) WHERE number = 2", 0)]
    [InlineData("UPDATE tree_block SET leaves = CAST(substr(leaves, 33) || substr(leaves, 1, 32) AS BLOB) WHERE number = 3", 600)]
    [InlineData("DELETE FROM tree_block WHERE number = 3", 600)]
    [InlineData("UPDATE tree_node SET hash = zeroblob(32) WHERE level = 8 AND number = 3", 0)]
    [InlineData("UPDATE tree_node SET hash = zeroblob(32) WHERE level = 9 AND number = 1", 600)]
    [InlineData("DELETE FROM tree_node WHERE level = 10", 0)]
    [InlineData("UPDATE tree SET frontier = zeroblob(length(frontier))", 0)]
    [InlineData("UPDATE tree SET frontier = x'00'", 600)]
    [InlineData("UPDATE tree SET blocks = 5, frontier = zeroblob(64)", 0)]
    public async Task A_changed_tree_is_named_and_made_anew(string sql, int purged)
    {
        var old = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(0, 1200).Select(i => TestEntries.Entry(occurredAt: i < purged ? old : null))]), default);
        var root = (await Trees.ExtendAsync(_tenant, 1200, default)).Root();
        await _storage.Store.PurgeAsync(_tenant, old.AddDays(1), default);
        Assert.Null(await Trees.FindDamageAsync(_tenant, default));

        _storage.ExecuteRaw(sql);

        Assert.NotNull(await Trees.FindDamageAsync(_tenant, default));
        await Trees.RebuildAsync(_tenant, default);
        Assert.Null(await Trees.FindDamageAsync(_tenant, default));
        Assert.Equal(root, (await Trees.ExtendAsync(_tenant, 1200, default)).Root());
    }

    [Fact]
    public async Task A_checkpoint_that_was_signed_over_a_changed_tree_is_named()
    {
        await _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(0, 600).Select(_ => TestEntries.Entry())]), default);
        await Trees.ExtendAsync(_tenant, 600, default);
        _storage.ExecuteRaw("UPDATE tree SET frontier = zeroblob(length(frontier))");
        Assert.True(await _storage.Services.GetRequiredService<CheckpointService>().SignNowAsync(_tenant, default));
        var fault = (await _storage.VerifyAsync(_tenant)).Fault;
        Assert.Equal(600, fault?.Sequence);
        Assert.Contains("disagrees with the entries", fault!.Reason);
    }

    [Theory]
    [InlineData("DELETE FROM entry_target WHERE target_sequence = 5", 5)]
    [InlineData("INSERT INTO entry_target SELECT target_tenant, 3, word, target_occurred_at FROM entry_target WHERE target_sequence = 5", 3)]
    [InlineData("INSERT INTO entry_target SELECT target_tenant, 99, word, target_occurred_at FROM entry_target WHERE target_sequence = 5", 99)]
    [InlineData("UPDATE entry_target SET target_occurred_at = target_occurred_at - 1 WHERE target_sequence = 12", 12)]
    [InlineData("UPDATE entry_target SET word = (SELECT id FROM dictionary WHERE value = 'usr_1') WHERE target_sequence = 12 AND word = (SELECT id FROM dictionary WHERE value = 'further-12')", 12)]
    public async Task A_further_target_that_was_changed_is_named_and_mended(string sql, long sequence)
    {
        await _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(1, 12).Select(i => TestEntries.Entry() with
        {
            Targets = i % 2 == 0 || i == 5 ? [new Resource("Rule", $"further-{i}", i == 5 ? "no-eval" : $"slug-{i}"), new Resource("Rule", "shared")] : [],
        })]), default);
        var before = _storage.QueryRaw("SELECT count(*) FROM entry_target");
        Assert.Empty(await Index.FindDamageAsync(_tenant, default));

        _storage.ExecuteRaw(sql);

        Assert.Contains(await Index.FindDamageAsync(_tenant, default), range => range.First <= sequence && range.Last >= sequence);
        await Index.RebuildAsync(_tenant, default);
        Assert.Empty(await Index.FindDamageAsync(_tenant, default));
        Assert.Equal(before, _storage.QueryRaw("SELECT count(*) FROM entry_target"));
        Assert.Equal(7, await _storage.Store.CountAsync(TestEntries.Filter(_tenant) with { Target = "shared" }, long.MaxValue, default));
    }

    [Theory]
    [InlineData("UPDATE dictionary SET value = CAST(x'7573725FFF' AS TEXT) WHERE value = 'usr_' || char(65533)", "not UTF-8")]
    [InlineData("UPDATE dictionary SET tenant = 2 WHERE value = 'usr_' || char(65533)", "lacks the name")]
    [InlineData("UPDATE entry SET actor = (SELECT id FROM dictionary WHERE tenant = 2 AND value = 'usr_' || char(65533)) WHERE tenant = 1", "lacks the name")]
    [InlineData("UPDATE entry SET correlation_id = CAST(x'FF' AS TEXT) WHERE tenant = 1", "not UTF-8")]
    public async Task A_name_that_only_reads_the_same_is_named(string sql, string reason)
    {
        var other = await _storage.AddTenantAsync();
        var entry = TestEntries.Entry(actor: "usr_\ufffd") with { CorrelationId = "\ufffd" };
        await _storage.Store.AppendAsync(TestEntries.Request(_tenant, entry, TestEntries.Entry()), default);
        if (!sql.Contains("SET tenant = 2", StringComparison.Ordinal))
        {
            await _storage.Store.AppendAsync(TestEntries.Request(other, entry), default);
        }
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
        _storage.ExecuteRaw("DROP TRIGGER entry_is_never_updated");
        _storage.ExecuteRaw(sql);
        var fault = (await _storage.VerifyAsync(_tenant)).Fault;
        Assert.Equal(1, fault?.Sequence);
        Assert.Contains(reason, fault!.Reason);
    }
}
