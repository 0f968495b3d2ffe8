using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Checkpoints;

/// <summary>The stored tree against one that is computed from all leaves.</summary>
public sealed class TreeStoreTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Old = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TestStorage _storage = new();
    private int _tenant;

    private ITreeStore Trees => _storage.Services.GetRequiredService<ITreeStore>();

    public async Task InitializeAsync()
    {
        await _storage.InitializeAsync();
        _tenant = await _storage.AddTenantAsync();
    }

    public async Task DisposeAsync() => await _storage.DisposeAsync();

    [Fact]
    public async Task Roots_and_proofs_come_out_of_the_tree_as_from_all_leaves()
    {
        var leaves = await AppendAsync(1500, Old);
        foreach (var size in new long[] { 1, 255, 256, 257, 700, 1024, 1500 })
        {
            Assert.Equal(RootOf(leaves, size), (await Trees.ExtendAsync(_tenant, size, default)).Root());
        }
        foreach (var size in new long[] { 1, 256, 300, 1499 })
        {
            Assert.Equal(RootOf(leaves, size), (await Trees.FindFrontierAsync(_tenant, size, default))!.Root());
        }
        Assert.Null(await Trees.FindFrontierAsync(_tenant, 1501, default));
        long[] asked = [0, 1, 254, 255, 256, 700, 1023, 1024, 1300, 1499];
        var proof = new List<EntryHash>();
        await foreach (var node in MerkleProof.MultiproofAsync(Trees.OpenNodes(_tenant), asked, 1500, default))
        {
            proof.Add(node);
        }
        Assert.Equal(RootOf(leaves, 1500), MerkleProof.RootOfMultiproof(asked.Select(index => (index, leaves[(int)index])), 1500, proof));
        var path = await MerkleProof.InclusionAsync(Trees.OpenNodes(_tenant), 700, 1024, default);
        Assert.Equal(RootOf(leaves, 1024), MerkleProof.RootOfInclusion(leaves[700], 700, 1024, path));
    }

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1000, 700)]
    [InlineData(300, 1000)]
    [InlineData(512, 1000)]
    [InlineData(1000, 1000)]
    public async Task A_purged_prefix_is_stood_in_for_by_its_frontier(int purged, int filledBefore)
    {
        var leaves = await AppendAsync(purged, Old);
        leaves.AddRange(await AppendAsync(1300 - purged, null));
        if (filledBefore > 0)
        {
            await Trees.ExtendAsync(_tenant, filledBefore, default);
        }
        Assert.Equal(purged, (await _storage.Store.PurgeAsync(_tenant, Old.AddYears(1), default)).Count);

        Assert.Equal(RootOf(leaves, 1300), (await Trees.ExtendAsync(_tenant, 1300, default)).Root());

        Assert.Null(await Trees.FindFrontierAsync(_tenant, purged - 1, default));
        Assert.Equal(RootOf(leaves, purged + 1), (await Trees.FindFrontierAsync(_tenant, purged + 1, default))!.Root());
        foreach (var index in new[] { purged, 1100, 1299 })
        {
            var path = await MerkleProof.InclusionAsync(Trees.OpenNodes(_tenant), index, 1300, default);
            Assert.Equal(RootOf(leaves, 1300), MerkleProof.RootOfInclusion(leaves[index], index, 1300, path));
        }
        await Assert.ThrowsAsync<MerkleNodeMissingException>(() => MerkleProof.InclusionAsync(Trees.OpenNodes(_tenant), 2, 1300, default));
        // The leaves of the prefix are gone from the blocks too.
        Assert.Equal(0, _storage.QueryRaw($"SELECT count(*) FROM tree_block WHERE (number + 1) * 256 <= {purged}"));
        var left = leaves[purged - 1].ToString().ToUpperInvariant();
        Assert.Equal(0, _storage.QueryRaw($"SELECT count(*) FROM tree_block WHERE instr(hex(leaves), '{left}') > 0"));
    }

    [Fact]
    public async Task Entries_that_are_purged_behind_a_living_one_keep_their_leaves_in_the_tree()
    {
        var leaves = await AppendAsync(1, null);
        leaves.AddRange(await AppendAsync(600, Old));
        await _storage.Store.PurgeAsync(_tenant, Old.AddYears(1), default);

        Assert.Equal(RootOf(leaves, 601), (await Trees.ExtendAsync(_tenant, 601, default)).Root());
        Assert.NotNull(await Trees.FindLinkAsync(_tenant, 300, default));
    }

    [Fact]
    public async Task A_missing_entry_stops_the_tree_and_is_named()
    {
        await AppendAsync(300, Old);
        _storage.ExecuteRaw("DROP TRIGGER entry_leaves_by_retention; DELETE FROM entry WHERE sequence = 77");
        Assert.Contains("#77", (await Assert.ThrowsAsync<StorageException>(() => Trees.ExtendAsync(_tenant, 300, default))).Message);
    }

    private async Task<List<EntryHash>> AppendAsync(int count, DateTimeOffset? occurredAt)
    {
        var request = TestEntries.Request(_tenant, [.. Enumerable.Range(0, count).Select(_ => TestEntries.Entry(occurredAt: occurredAt))]);
        var appended = await _storage.Store.AppendAsync(request, default);
        var leaves = new List<EntryHash>();
        if (count > 0)
        {
            await foreach (var place in _storage.Store.ReadChainAsync(_tenant, appended.Entries[0].Sequence - 1, default))
            {
                leaves.Add(place.Place!.Leaf);
            }
        }
        return leaves;
    }

    private static EntryHash RootOf(IEnumerable<EntryHash> leaves, long size)
    {
        var frontier = new MerkleFrontier();
        foreach (var leaf in leaves.Take((int)size))
        {
            frontier.Append(leaf);
        }
        return frontier.Root();
    }
}
