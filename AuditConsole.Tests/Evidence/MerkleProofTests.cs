using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Evidence;

public sealed class MerkleProofTests
{
    private const int Most = 70;

    private static readonly EntryHash[] All = TestTree.Leaves(Most);

    [Fact]
    public async Task Roots_and_inclusion_proofs_are_those_of_RFC_6962_for_every_leaf_of_every_size()
    {
        for (var size = 0; size <= Most; size++)
        {
            var leaves = All[..size];
            var tree = new TestTree(leaves);
            var root = TestTree.Naive(leaves);
            Assert.Equal(root, await MerkleProof.RootAsync(tree, size, default));
            for (var index = 0; index < size; index++)
            {
                var path = await MerkleProof.InclusionAsync(tree, index, size, default);
                Assert.Equal(TestTree.NaivePath(index, leaves), path);
                Assert.Equal(root, MerkleProof.RootOfInclusion(leaves[index], index, size, path));
            }
        }
    }

    [Fact]
    public async Task Consistency_proofs_are_those_of_RFC_6962_for_every_pair_of_sizes()
    {
        for (var size = 1; size <= Most; size++)
        {
            var tree = new TestTree(All[..size]);
            var root = TestTree.Naive(All.AsSpan(0, size));
            for (var old = 0; old <= size; old++)
            {
                var proof = await MerkleProof.ConsistencyAsync(tree, old, size, default);
                Assert.Equal(old == 0 ? [] : TestTree.NaiveConsistency(old, All.AsSpan(0, size)), proof);
                var oldRoot = TestTree.Naive(All.AsSpan(0, old));
                Assert.True(MerkleProof.IsConsistent(old, oldRoot, size, root, proof));
                Assert.False(MerkleProof.IsConsistent(old, Flip(oldRoot), size, root, proof));
                Assert.False(MerkleProof.IsConsistent(old, oldRoot, size, root, [.. proof, root]));
                Assert.Equal(old == 0, MerkleProof.IsConsistent(old, oldRoot, size, Flip(root), proof));
                for (var i = 0; i < proof.Count; i++)
                {
                    EntryHash[] changed = [.. proof];
                    changed[i] = Flip(changed[i]);
                    Assert.False(MerkleProof.IsConsistent(old, oldRoot, size, root, changed));
                }
            }
        }
    }

    [Fact]
    public void A_multiproof_proves_its_leaves_and_no_others() => Property.Holds(seed =>
    {
        var random = new Random(seed);
        var size = random.Next(1, 600);
        var leaves = TestTree.Leaves(size, seed);
        var share = random.NextDouble();
        var chosen = Enumerable.Range(0, size).Where(_ => random.NextDouble() < share).Select(i => (long)i).ToArray();
        var root = TestTree.Naive(leaves);
        var proof = MerkleProof.MultiproofAsync(new TestTree(leaves), chosen, size, default).ToBlockingEnumerable().ToArray();
        (long, EntryHash)[] proved = [.. chosen.Select(i => (i, leaves[i]))];
        Assert.Equal(root, MerkleProof.RootOfMultiproof(proved, size, proof));
        Assert.Null(MerkleProof.RootOfMultiproof(proved, size, [.. proof, root]));
        if (proof.Length > 0)
        {
            Assert.NotEqual(root, MerkleProof.RootOfMultiproof(proved, size, proof.SkipLast(1)));
            var i = random.Next(proof.Length);
            Assert.NotEqual(root, MerkleProof.RootOfMultiproof(proved, size, [.. proof[..i], Flip(proof[i]), .. proof[(i + 1)..]]));
        }
        if (proved.Length > 0)
        {
            var i = random.Next(proved.Length);
            Assert.NotEqual(root, MerkleProof.RootOfMultiproof([.. proved[..i], (chosen[i], Flip(leaves[chosen[i]])), .. proved[(i + 1)..]], size, proof));
            Assert.NotEqual(root, MerkleProof.RootOfMultiproof([.. proved[..i], .. proved[(i + 1)..]], size, proof));
            Assert.NotEqual(root, MerkleProof.RootOfMultiproof([.. proved[..i], (chosen[i] + 1, leaves[chosen[i]]), .. proved[(i + 1)..]], size, proof));
        }
        return true;
    });

    [Fact]
    public void Proofs_of_later_leaves_need_nothing_of_a_purged_beginning_but_its_frontier() => Property.Holds(seed =>
    {
        var random = new Random(seed);
        var size = random.Next(2, 400);
        var purged = random.Next(1, size);
        var whole = new TestTree(TestTree.Leaves(size, seed));
        var rest = new TestTree(TestTree.Leaves(size, seed), purged);
        var index = random.Next(purged, size);
        Assert.Equal(Now(MerkleProof.InclusionAsync(whole, index, size, default)), Now(MerkleProof.InclusionAsync(rest, index, size, default)));
        var old = random.Next(purged, size + 1);
        Assert.Equal(Now(MerkleProof.ConsistencyAsync(whole, old, size, default)), Now(MerkleProof.ConsistencyAsync(rest, old, size, default)));
        var chosen = Enumerable.Range(purged, size - purged).Where(_ => random.Next(5) == 0).Select(i => (long)i).ToArray();
        Assert.Equal(
            MerkleProof.MultiproofAsync(whole, chosen, size, default).ToBlockingEnumerable(),
            MerkleProof.MultiproofAsync(rest, chosen, size, default).ToBlockingEnumerable());
        return true;
    });

    [Fact]
    public async Task A_proof_of_a_purged_leaf_says_that_it_is_gone()
    {
        var tree = new TestTree(All, purged: 40);
        await Assert.ThrowsAsync<MerkleNodeMissingException>(() => MerkleProof.InclusionAsync(tree, 12, Most, default));
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(5, 4)]
    [InlineData(0, 70)]
    [InlineData(-1, 2)]
    public async Task A_multiproof_of_leaves_out_of_order_or_range_is_not_made(long first, long second) => await Assert.ThrowsAsync<ArgumentException>(
        async () => await MerkleProof.MultiproofAsync(new TestTree(All), [first, second], Most, default).GetAsyncEnumerator().MoveNextAsync());

    private static IReadOnlyList<EntryHash> Now(Task<IReadOnlyList<EntryHash>> done) => done.IsCompletedSuccessfully ? done.GetAwaiter().GetResult() : throw new InvalidOperationException();

    private static EntryHash Flip(EntryHash hash)
    {
        var bytes = hash.ToArray();
        bytes[7] ^= 1;
        return new EntryHash(bytes);
    }
}
