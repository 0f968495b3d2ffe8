using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

public sealed class CanonicalJsonTests
{
    [Fact]
    public void The_example_of_RFC_8785_section_3_2_2_has_the_published_form()
    {
        // Its numbers that a double does not hold exactly are refused here: see CanonicalNumberTests.
        var text = """
            {
              "numbers": [4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;
        Assert.Equal("""{"literals":[null,true,false],"numbers":[4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""", Canonical(text));
    }

    [Fact]
    public void The_members_of_RFC_8785_section_3_2_3_stand_in_the_published_order()
    {
        var text = """
            {
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face",
              "\u0080": "Control",
              "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """;
        using var canonical = JsonDocument.Parse(Canonical(text));
        Assert.Equal(
            ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"],
            canonical.RootElement.EnumerateObject().Select(member => member.Value.GetString()!));
    }

    [Theory]
    [InlineData(""" [ ] """, "[]")]
    [InlineData(""" { } """, "{}")]
    [InlineData(""" "" """, "\"\"")]
    [InlineData("""{"a":{"d":1,"c":[{"z":1,"y":2}]},"":0}""", """{"":0,"a":{"c":[{"y":2,"z":1}],"d":1}}""")]
    [InlineData("""{"aa":1,"a":2,"A":3,"_":4}""", """{"A":3,"_":4,"a":2,"aa":1}""")]
    [InlineData(@"""\u007f\u0080\u2028\u2029\ufeff\ufffe\ud83d\ude00<>&'+\u00e9""", "\"\u007f\u0080\u2028\u2029\ufeff\ufffe😀<>&'+é\"")]
    [InlineData(@"""\b\t\n\f\r\u0008\u000b\u001F""", @"""\b\t\n\f\r\b\u000b\u001f""")]
    public void Nothing_but_what_JSON_requires_is_written(string text, string canonical) => Assert.Equal(canonical, Canonical(text));

    [Theory]
    [InlineData(@"{""a"":[0,{""b"":""x\u0000""}]}", "a[1].b", "U+0000")]
    [InlineData(@"{""a"":{""b\u0000"":1}}", "a.b\0", "U+0000")]
    [InlineData(@"{""a"":[""\ud800""]}", "a[0]", "lone surrogate")]
    [InlineData(@"{""a"":[""\udc00x""]}", "a[0]", "lone surrogate")]
    [InlineData(@"{""a"":""\ud800\ud800\udc00""}", "a", "lone surrogate")]
    [InlineData(@"{""a"":{""\ud800"":1}}", "a", "lone surrogate")]
    [InlineData("""{"a":{"b":[{"c":1,"d":2,"c":1}]}}""", "a.b[0].c", "stands twice")]
    [InlineData(@"{""a"":1,""\u0061"":2}", "a", "stands twice")]
    [InlineData("""{"a":[1,9007199254740992]}""", "a[1]", "2^53−1")]
    public void What_two_readers_could_understand_differently_is_refused_with_its_place(string text, string field, string reason)
    {
        var refusal = Assert.Throws<CanonicalJsonException>(() => Canonical(text));
        Assert.Equal(field, refusal.Field);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
        Assert.Equal(reason == "stands twice", refusal.IsUnreadable);
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused()
    {
        byte[] text = [.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        using var document = JsonDocument.Parse(text);
        Assert.Equal("a", Assert.Throws<CanonicalJsonException>(() => CanonicalJson.Canonicalize(document.RootElement)).Field);
    }

    [Theory]
    [InlineData("[[[1]]]", 3, true)]
    [InlineData("[[[[]]]]", 3, false)]
    [InlineData("""{"a":{"b":{}}}""", 3, true)]
    [InlineData("""{"a":{"b":{"c":[]}}}""", 3, false)]
    public void Depth_counts_objects_and_arrays(string text, int most, bool fits)
    {
        using var document = JsonDocument.Parse(text);
        var write = () => CanonicalJson.Write(document.RootElement, new(), "m", depth: 1, most);
        if (fits)
        {
            write();
        }
        else
        {
            Assert.Contains("deeper than 3", Assert.Throws<CanonicalJsonException>(write).Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Canonical_text_is_its_own_canonical_form_and_the_same_value() =>
        Property.Holds(seed =>
        {
            var value = new RandomJson(seed).Value(5);
            var canonical = Canonical(value?.ToJsonString() ?? "null");
            return Canonical(canonical) == canonical && JsonNode.DeepEquals(JsonNode.Parse(canonical), Reparsed(value));
        });

    [Fact]
    public void Order_of_members_white_space_and_escapes_do_not_matter() =>
        Property.Holds(seed =>
        {
            var random = new RandomJson(seed);
            var value = random.Value(5);
            return Canonical(random.Rewrite(value)) == Canonical(value?.ToJsonString() ?? "null");
        });

    [Fact]
    public void Every_character_but_NUL_survives()
    {
        for (var start = 1; start <= 0x10FFFF; start += 0x400)
        {
            var text = new StringBuilder();
            for (var c = start; c < start + 0x400 && c <= 0x10FFFF; c++)
            {
                if (Rune.IsValid(c))
                {
                    text.Append(new Rune(c).ToString());
                }
            }
            var buffer = new System.Buffers.ArrayBufferWriter<byte>();
            CanonicalJson.WriteString(text.ToString(), buffer);
            using var read = JsonDocument.Parse(buffer.WrittenMemory);
            Assert.Equal(text.ToString(), read.RootElement.GetString());
            Assert.Equal(Canonical(buffer.WrittenSpan), Encoding.UTF8.GetString(buffer.WrittenSpan));
        }
    }

    [Theory]
    [InlineData("\u0001")]
    [InlineData("\"\\\n")]
    [InlineData("x😀\u0001€")]
    public void Long_texts_fit_whatever_they_hold(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 2000));
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        CanonicalJson.WriteString(text, buffer);
        using var read = JsonDocument.Parse(buffer.WrittenMemory);
        Assert.Equal(text, read.RootElement.GetString());
    }

    [Fact]
    public void Every_lone_surrogate_is_found()
    {
        for (var c = 0xD800; c <= 0xDFFF; c++)
        {
            foreach (var text in new[] { $"{(char)c}", $"a{(char)c}b", $"😀{(char)c}" })
            {
                Assert.NotNull(CanonicalJson.FindRefusal(text));
            }
        }
        Assert.Null(CanonicalJson.FindRefusal("plain, 😀 and \U0010ffff"));
    }

    [Fact]
    public void A_canonical_object_is_equal_by_its_text()
    {
        var one = CanonicalObject.From(new { b = 1, a = "x" });
        var other = CanonicalObject.From(new { a = "x", b = 1.0 });
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal("""{"a":"x","b":1}""", one.ToString());
        Assert.NotEqual(one, CanonicalObject.Empty);
        Assert.True(CanonicalObject.From(new { }).IsEmpty);
        using var array = JsonDocument.Parse("[]");
        Assert.Throws<CanonicalJsonException>(() => CanonicalObject.From(array.RootElement));
    }

    private static JsonNode? Reparsed(JsonNode? value) => JsonNode.Parse(value?.ToJsonString() ?? "null");

    private static string Canonical(string text) => Canonical(Encoding.UTF8.GetBytes(text));

    private static string Canonical(ReadOnlySpan<byte> text)
    {
        using var document = JsonDocument.Parse(text.ToArray());
        return Encoding.UTF8.GetString(CanonicalJson.Canonicalize(document.RootElement));
    }
}
