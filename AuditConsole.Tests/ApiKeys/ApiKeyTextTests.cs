using AuditConsole.ApiKeys;
using AuditConsole.Identity;

namespace AuditConsole.Tests.ApiKeys;

public sealed class ApiKeyTextTests
{
    [Fact]
    public void A_key_with_one_character_changed_has_a_wrong_checksum()
    {
        var key = ApiKeyText.Create();
        Assert.Equal(ApiKeyText.Length, key.Length);
        Assert.True(ApiKeyText.IsWellFormed(key));
        for (var place = 0; place < key.Length; place++)
        {
            foreach (var character in RandomText.Alphabet + "_-")
            {
                var changed = key[..place] + character + key[(place + 1)..];
                Assert.Equal(changed == key, ApiKeyText.IsWellFormed(changed));
            }
        }
        Assert.False(ApiKeyText.IsWellFormed(key + "0"));
        Assert.False(ApiKeyText.IsWellFormed(key[..^1]));
        Assert.False(ApiKeyText.IsWellFormed(""));
    }

    [Fact]
    public void The_checksum_is_the_crc_32_of_the_rest_in_base_62()
    {
        // zlib.crc32(b"aud_live_" + b"0" * 43) = 0x23e46ca6, computed with Python.
        Assert.True(ApiKeyText.IsWellFormed("aud_live_" + new string('0', 43) + KnownChecksum));
    }

    private const string KnownChecksum = "0ekeb0";
}
