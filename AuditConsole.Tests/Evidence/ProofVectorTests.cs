using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Evidence;

/// <summary>The test vectors of docs/proofs.md, read from there. They were made with OpenSSL and Python.</summary>
public sealed class ProofVectorTests
{
    private static readonly string Document = RepositoryFile.Read("docs/proofs.md").Replace("\r\n", "\n", StringComparison.Ordinal);

    private static readonly EntryHash[] Leaves = [.. Enumerable.Range(0, 7).Select(i => new EntryHash(SHA256.HashData([(byte)i])))];

    [Fact]
    public void The_published_key_signed_the_published_checkpoint()
    {
        var line = CheckpointKey.Parse(Block("vkey"));
        var pem = CheckpointKey.Parse(Block("pem"));
        Assert.Equal(line.ToPem().Trim(), Block("pem"));
        Assert.Equal(Block("vkey"), pem.ToLine("audit.example.com"));
        var checkpoint = SignedCheckpoint.Parse(Block("checkpoint") + "\n");
        Assert.Equal(NoteTrust.Signed, checkpoint.Check(line));
        Assert.Equal(NoteTrust.Signed, checkpoint.Check(pem));
        var format = RepositoryFile.Read("docs/format.md");
        Assert.Contains($"Merkle root   {checkpoint.Statement.Root}", format, StringComparison.Ordinal);
        Assert.Contains($"hash          {checkpoint.Statement.Chain}", format, StringComparison.Ordinal);
        Assert.Equal(2, checkpoint.Statement.Size);
        Assert.Equal(Block("checkpoint") + "\n", checkpoint.Note.ToString());
    }

    [Fact]
    public async Task The_published_proofs_are_those_of_the_published_tree()
    {
        var tree = new TestTree(Leaves);
        Assert.Equal(Values("root of 5"), [await MerkleProof.RootAsync(tree, 5, default)]);
        Assert.Equal(Values("root of 7"), [await MerkleProof.RootAsync(tree, 7, default)]);
        Assert.Equal(Values("inclusion of 4 in 7"), await MerkleProof.InclusionAsync(tree, 4, 7, default));
        Assert.Equal(Values("consistency of 5 and 7"), await MerkleProof.ConsistencyAsync(tree, 5, 7, default));
        Assert.Equal(Values("multiproof of 1, 4 in 7"), MerkleProof.MultiproofAsync(tree, [1, 4], 7, default).ToBlockingEnumerable());
    }

    private static string Block(string language) =>
        Assert.Single(Regex.Matches(Document, $"^```{language}\n(.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)).Groups[1].Value;

    private static IEnumerable<EntryHash> Values(string name) =>
        Regex.Matches(Document, $"^{name} +([0-9a-f]{{64}})$", RegexOptions.Multiline).Select(match => EntryHash.Parse(match.Groups[1].Value));
}
