using System.Security.Cryptography;
using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

public sealed class MerkleFrontierTests
{
    [Fact]
    public void The_root_is_that_of_RFC_6962_for_every_size_and_after_a_round_trip()
    {
        var leaves = Enumerable.Range(0, 300).Select(i => new EntryHash(SHA256.HashData([(byte)i, (byte)(i >> 8)]))).ToArray();
        var frontier = new MerkleFrontier();
        for (var size = 0; size <= leaves.Length; size++)
        {
            Assert.Equal(size, frontier.Size);
            Assert.Equal(Naive(leaves.AsSpan(0, size)), frontier.Root());
            var read = MerkleFrontier.Read(size, frontier.ToArray());
            Assert.Equal(frontier.Root(), read.Root());
            Assert.Equal(frontier.Roots, read.Roots);
            if (size < leaves.Length)
            {
                read.Append(leaves[size]);
                frontier.Append(leaves[size]);
                Assert.Equal(frontier.Root(), read.Root());
            }
        }
    }

    [Fact]
    public void The_empty_tree_is_the_hash_of_nothing() =>
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", new MerkleFrontier().Root().ToString());

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 32)]
    [InlineData(3, 32)]
    [InlineData(3, 63)]
    public void A_frontier_of_the_wrong_length_is_refused(long size, int bytes) =>
        Assert.Throws<ArgumentException>(() => MerkleFrontier.Read(size, new byte[bytes]));

    // RFC 6962, section 2.1, word for word; the leaves are hashed already.
    private static EntryHash Naive(ReadOnlySpan<EntryHash> leaves)
    {
        if (leaves.IsEmpty)
        {
            return new EntryHash(SHA256.HashData([]));
        }
        if (leaves.Length == 1)
        {
            return leaves[0];
        }
        var k = 1;
        while (k * 2 < leaves.Length)
        {
            k *= 2;
        }
        return new EntryHash(SHA256.HashData([0x01, .. Naive(leaves[..k]).ToArray(), .. Naive(leaves[k..]).ToArray()]));
    }
}
