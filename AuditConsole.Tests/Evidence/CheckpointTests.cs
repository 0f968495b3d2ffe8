using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Tests.Evidence;

public sealed class CheckpointTests : IDisposable
{
    private static readonly Guid Tenant = Guid.Parse("6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de");

    private readonly ECDsa _private = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Checkpoint _statement = new(
        "log.example.com", Tenant, 2, TestTree.Naive(TestTree.Leaves(2)), TestTree.Leaves(3)[2], DateTimeOffset.FromUnixTimeMilliseconds(1_795_365_728_402));

    private string Signed => SignedCheckpoint.Sign(_statement, _private).Note.ToString();

    [Fact]
    public void A_checkpoint_reads_back_as_it_was_signed()
    {
        var read = SignedCheckpoint.Parse(Signed);
        Assert.Equal(_statement, read.Statement);
        Assert.Equal(Signed[..^10][.._statement.ToBody().Length], read.Note.Body);
        Assert.Equal(NoteTrust.Signed, read.Check(CheckpointKey.From(_private)));
        Assert.Equal($"{_statement.Origin}\n2\n", _statement.ToBody()[..(_statement.Origin.Length + 3)]);
    }

    [Fact]
    public void A_key_is_the_same_as_PEM_and_as_one_line()
    {
        var key = CheckpointKey.From(_private);
        var pem = CheckpointKey.Parse(key.ToPem());
        var line = CheckpointKey.Parse(key.ToLine("log.example.com") + "\n");
        Assert.Equal(key.Id, pem.Id);
        Assert.Equal(key.Id, line.Id);
        Assert.Equal(SHA256.HashData(key.Spki.Span)[..4], Convert.FromHexString(key.IdText));
        Assert.Equal(NoteTrust.Signed, SignedCheckpoint.Parse(Signed).Check(line));
        Assert.Equal(NoteTrust.OtherKey, SignedCheckpoint.Parse(Signed).Check(CheckpointKey.Parse(key.ToLine("other.example.com"))));
        Assert.Equal(NoteTrust.OtherKey, SignedCheckpoint.Parse(Signed).Check(CheckpointKey.Parse(key.ToLine("log.example"))));
        Assert.Equal(NoteTrust.Signed, SignedCheckpoint.Parse(Signed).Check(CheckpointKey.Parse(key.ToLine(_statement.Origin))));
    }

    [Fact]
    public void Every_flipped_bit_of_the_signed_text_is_noticed()
    {
        var key = CheckpointKey.From(_private);
        var text = System.Text.Encoding.UTF8.GetBytes(Signed);
        for (var i = 0; i < text.Length * 8; i++)
        {
            var changed = text.ToArray();
            changed[i / 8] ^= (byte)(1 << (i % 8));
            NoteTrust? trust;
            try
            {
                trust = SignedCheckpoint.Parse(System.Text.Encoding.UTF8.GetString(changed)).Check(key);
            }
            catch (FormatException)
            {
                continue;
            }
            Assert.NotEqual(NoteTrust.Signed, trust);
        }
    }

    [Fact]
    public void Another_key_says_nothing_and_a_forged_signature_says_so()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var note = SignedCheckpoint.Parse(Signed);
        Assert.Equal(NoteTrust.OtherKey, note.Check(CheckpointKey.From(other)));
        var forged = SignedCheckpoint.Parse(Signed.Replace("\n2\n", "\n3\n", StringComparison.Ordinal));
        Assert.Equal(NoteTrust.Forged, forged.Check(CheckpointKey.From(_private)));
        var both = note.Note.With(SignedNote.Sign(note.Note.Body, _statement.Origin, other));
        Assert.Equal(NoteTrust.Signed, SignedNote.Parse(both.ToString()).Check(CheckpointKey.From(other), _statement.Origin));
        Assert.Equal(NoteTrust.Signed, SignedNote.Parse(both.ToString()).Check(CheckpointKey.From(_private), _statement.Origin));
    }

    [Theory]
    [InlineData("")]
    [InlineData("one line")]
    [InlineData("body\n\n")]
    [InlineData("body\n\n\u2014 name AAAA")]
    [InlineData("body\n\n- name AAAAAAAA\n")]
    [InlineData("body\n\n\u2014 name\n")]
    [InlineData("body\n\n\u2014  AAAAAAAA\n")]
    [InlineData("body\n\n\u2014 na+me AAAAAAAA\n")]
    [InlineData("body\n\n\u2014 name AAAA\n")]
    [InlineData("body\n\n\u2014 name AAAAAAB=\n")]
    [InlineData("bo\u0007dy\n\n\u2014 name AAAAAAAA\n")]
    [InlineData("bo\ndy\n\nmore\n\n\u2014 name AAAAAAAA\n")]
    [InlineData("\n\n\u2014 name AAAAAAAA\n")]
    public void What_is_no_note_is_refused(string text) => Assert.Throws<FormatException>(() => SignedNote.Parse(text));

    [Theory]
    [InlineData("\n2\n", "\n02\n")]
    [InlineData("\n2\n", "\n-2\n")]
    [InlineData("\n2\n", "\n99999999999999999999\n")]
    [InlineData("time ", "tome ")]
    [InlineData("chain ", "time 1\nchain ")]
    [InlineData("chain 5", "chain z")]
    [InlineData("/6f1c2f8e", "/6F1C2F8E")]
    [InlineData("log.example.com/", "/")]
    public void What_is_no_checkpoint_is_refused(string good, string bad)
    {
        var text = Signed;
        if (good == "chain 5")
        {
            (good, bad) = ($"chain {_statement.Chain}", $"chain {_statement.Chain.ToString().ToUpperInvariant()}");
        }
        Assert.Contains(good, text, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => SignedCheckpoint.Parse(text.Replace(good, bad, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_key_that_is_private_of_another_curve_or_changed_is_refused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var line = CheckpointKey.From(_private).ToLine("log.example.com");
        Assert.Contains("private key", Assert.Throws<FormatException>(() => CheckpointKey.Parse(_private.ExportPkcs8PrivateKeyPem())).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => CheckpointKey.Parse(p384.ExportSubjectPublicKeyInfoPem()));
        Assert.Throws<FormatException>(() => CheckpointKey.Parse(line[..^8] + "AAAAAAA="));
        Assert.Throws<FormatException>(() => CheckpointKey.Parse("log.example.com+00000000" + line[line.IndexOf('+', 20)..]));
        Assert.Throws<FormatException>(() => CheckpointKey.Parse("hello"));
    }

    public void Dispose() => _private.Dispose();
}
