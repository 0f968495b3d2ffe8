using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using AuditConsole.AuditLog;
using AuditConsole.Core;
using AuditConsole.Tests.Core;
using FsCheck;
using FsCheck.Fluent;

namespace AuditConsole.Tests.AuditLog;

public sealed partial class VisibleMarkupTests
{
    [Theory]
    [InlineData("backend-standards", "backend-standards")]
    [InlineData("Grüße, 日本 😀", "Grüße, 日本 😀")]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    public void Ordinary_text_is_only_encoded(string text, string html) =>
        Assert.Equal(text, WebUtility.HtmlDecode(VisibleMarkup.Of(text)) is var shown && VisibleMarkup.Of(text).Contains('<') ? html : shown);

    [Theory]
    [InlineData("\u202E", "\\u202E")]
    [InlineData("\u2066", "\\u2066")]
    [InlineData("\u200B", "\\u200B")]
    [InlineData("\uFEFF", "\\uFEFF")]
    [InlineData("\u00AD", "\\u00AD")]
    [InlineData("\u0007", "\\u0007")]
    [InlineData("\u007F", "\\u007F")]
    [InlineData("\u2028", "\\u2028")]
    [InlineData("\u3164", "\\u3164")]
    [InlineData("\u00A0", "\\u00A0")]
    [InlineData("\n", "\\n")]
    [InlineData("\uDB40\uDC41", "\\uDB40\\uDC41")]
    public void What_deceives_the_eye_is_a_mark(string text, string escape)
    {
        var html = VisibleMarkup.Of($"invoice{text}fdp.exe");

        Assert.Matches($"^invoice<span class=\"u-mark\" title=\"[^\"]+\">{Regex.Escape(escape)}</span>fdp\\.exe$", html);
        Assert.Equal($"invoice{escape}fdp.exe", VisibleMarkup.ToPlain($"invoice{text}fdp.exe"));
    }

    [Fact]
    public void Half_a_character_is_a_mark() =>
        Assert.Equal("a<span class=\"u-mark\" title=\"half a character\">\\uD800</span>b", VisibleMarkup.Of("a\uD800b"));

    [Fact]
    public void No_text_brings_markup_of_its_own() => Prop.ForAll<NonNull<string>>(text =>
    {
        var html = VisibleMarkup.Of(text.Get + "<b onclick='x'>&amp;\"");
        return !Mark().Replace(html, "").Contains('<') && !WebUtility.HtmlDecode(html).EnumerateRunes().Any(VisibleMarkup.Deceives);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Shown_json_reads_back_as_the_same_value() => Prop.ForAll(JsonObjects(), payload =>
    {
        var shown = WebUtility.HtmlDecode(Tag().Replace(JsonMarkup.Of(payload), ""));
        using var document = JsonDocument.Parse(shown);
        return CanonicalObject.From(document.RootElement).Equals(payload) && !shown.EnumerateRunes().Any(rune => rune.Value != '\n' && VisibleMarkup.Deceives(rune));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Json_stands_in_lines_as_a_person_would_write_them()
    {
        var payload = CanonicalObject.From(new { version = "1.5.0", rules = new[] { new { slug = "no-async-void", severity = "error" } }, empty = new { }, count = 3, none = (string?)null });

        var shown = WebUtility.HtmlDecode(Tag().Replace(JsonMarkup.Of(payload), ""));

        Assert.Equal(
            """
            {
              "count": 3,
              "empty": {},
              "none": null,
              "rules": [
                { "severity": "error", "slug": "no-async-void" }
              ],
              "version": "1.5.0"
            }
            """.ReplaceLineEndings("\n"), shown);
    }

    private static Arbitrary<CanonicalObject> JsonObjects() =>
        (from text in ArbMap.Default.GeneratorFor<NonNull<string>>().Where(text => CanonicalJson.FindRefusal(text.Get) is null)
         from numbers in Gen.Choose(-5, 5).ListOf()
         from nested in Gen.Elements(0, 1, 3)
         let hostile = text.Get + "\u202E\u200B\"\\<script>&\t"
         select CanonicalObject.From(Nest(new Dictionary<string, object> { [hostile] = hostile, ["list"] = numbers, ["no"] = false }, nested))).ToArbitrary();

    private static Dictionary<string, object> Nest(Dictionary<string, object> value, int times) =>
        times == 0 ? value : Nest(new Dictionary<string, object> { ["in\u2066ner"] = value, ["list"] = new object[] { value } }, times - 1);

    [GeneratedRegex("<span class=\"u-mark\" title=\"[^\"<>]+\">[^<>]+</span>")]
    private static partial Regex Mark();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tag();
}
