using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

/// <summary>The test vector of docs/format.md, read from there: what is published is what is true.</summary>
public sealed class TestVectorTests
{
    private static readonly string Document = RepositoryFile.Read("docs/format.md").Replace("\r\n", "\n", StringComparison.Ordinal);

    private static readonly Guid Tenant = Guid.Parse("6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de");

    [Fact]
    public void The_published_entries_have_the_published_texts_and_hashes()
    {
        var sent = Blocks("json");
        var first = Parsed.Accepted(sent[0]);
        var second = Parsed.Accepted(sent[1]);
        var (details1, leaf1) = Hash(first, 1, "0193501c-1f4a-7abc-8def-0123456789ab", "2026-11-21T16:42:07.402Z", "key:key_7", "000102030405060708090a0b0c0d0e0f");
        var (details2, leaf2) = Hash(second, 2, "0193501c-2233-7fed-9cba-ba9876543210", "2026-11-21T16:42:08.000Z", "console", "f0e1d2c3b4a5968778695a4b3c2d1e0f");
        var one = ChainHead.Empty.Append(leaf1);
        var two = one.Append(leaf2);
        var tree = new MerkleFrontier();
        tree.Append(leaf1);
        tree.Append(leaf2);
        Assert.Equal(Values("details_hash"), [details1.ToString(), details2.ToString()]);
        Assert.Equal(Values("leaf"), [leaf1.ToString(), leaf2.ToString()]);
        Assert.Equal(Values("hash"), [one.Hash.ToString(), two.Hash.ToString()]);
        Assert.Equal(Values("Merkle root"), [tree.Root().ToString()]);
    }

    [Fact]
    public async Task The_published_script_verifies_the_vector()
    {
        var script = Assert.Single(Blocks("python"));
        Assert.InRange(script.Split('\n').Length, 10, 40);
        if (FindPython() is not { } python)
        {
            // A machine without Python has the other test.
            return;
        }
        using var run = Process.Start(new ProcessStartInfo(python, ["-I", "-"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await using (var input = new StreamWriter(run.StandardInput.BaseStream, new UTF8Encoding(false)))
        {
            await input.WriteAsync(script);
        }
        Assert.Equal("The chain of two holds.", (await run.StandardOutput.ReadToEndAsync()).Trim());
        await run.WaitForExitAsync();
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void The_published_signed_entry_has_the_published_texts_and_verifies()
    {
        var entry = Parsed.Accepted(Assert.Single(Blocks("sent")));
        Assert.Equal(Assert.Single(Blocks("signed")), Encoding.UTF8.GetString(EntrySignature.SignedText(entry, Tenant)));
        Assert.Equal(Assert.Single(Blocks("signed-details")), Encoding.UTF8.GetString(EntryText.Details(entry)));
        using var key = System.Security.Cryptography.ECDsa.Create();
        key.ImportFromPem(Assert.Single(Blocks("pem")));
        Assert.True(entry.Signature!.Verify(key, entry, Tenant));
        Assert.False(entry.Signature.Verify(key, entry with { Reasoning = "" }, Tenant));
        Assert.False(entry.Signature.Verify(key, entry, Guid.Empty));
    }

    [Fact]
    public void The_published_commitment_is_that_of_the_published_value()
    {
        using var value = System.Text.Json.JsonDocument.Parse("\"Ada Lovelace, 123-45-6789\"");
        var commitment = EntryHash.Parse(Assert.Single(Values("commitment")));
        var salt = Convert.FromHexString("000102030405060708090a0b0c0d0e0f");
        Assert.True(SealedCommitment.Holds(commitment, salt, value.RootElement));
        salt[0] = 1;
        Assert.False(SealedCommitment.Holds(commitment, salt, value.RootElement));
    }

    private static (EntryHash Details, EntryHash Leaf) Hash(NewEntry content, long sequence, string id, string recordedAt, string recordedBy, string salt)
    {
        var details = EntryText.Details(content);
        Assert.Equal(Assert.Single(Blocks($"details{sequence}")), Encoding.UTF8.GetString(details));
        Assert.True(WireTime.TryParse(recordedAt, out var recorded));
        var detailsHash = HashChain.HashDetails(new DetailsSalt(Convert.FromHexString(salt)), details);
        var head = new EntryHead(Guid.Parse(id), Tenant, sequence, content.OccurredAt ?? recorded, recorded, recordedBy, content, detailsHash);
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        EntryText.WriteHead(head, text);
        Assert.Equal(Assert.Single(Blocks($"head{sequence}")), Encoding.UTF8.GetString(text.WrittenSpan));
        return (detailsHash, HashChain.HashHead(head, new()));
    }

    private static List<string> Blocks(string language) =>
        [.. Regex.Matches(Document, $"^```{language}\n(.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline).Select(match => match.Groups[1].Value)];

    private static List<string> Values(string name) =>
        [.. Regex.Matches(Document, $"^{name} +([0-9a-f]{{64}})$", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];

    private static string? FindPython() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "python3")).FirstOrDefault(File.Exists);
}
