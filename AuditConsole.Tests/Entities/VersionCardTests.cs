using AuditConsole.Core;
using AuditConsole.Entities;
using Bunit;

namespace AuditConsole.Tests.Entities;

public sealed class VersionCardTests : BunitContext
{
    [Fact]
    public void A_profile_says_rule_by_rule_what_changed_and_whether_it_is_stricter()
    {
        var card = RenderCard(
            Published("1.0.0", """{"version":"1.0.0","rules":[{"slug":"a","version":"1.0.0","severity":"warning"},{"slug":"b"}]}"""),
            Published("1.1.0", """{"version":"1.1.0","rules":[{"slug":"a","version":"1.0.0","severity":"error"}],"contentHash":"x"}"""));

        Assert.Equal(["1 removed", "1 severity", "partly stricter"], card.FindAll("summary .tag").Select(tag => tag.TextContent));
        Assert.Equal(2, card.FindAll("table.rules tbody tr").Count);
        Assert.Contains("was warning", card.Find("tr.severity .value").TextContent, StringComparison.Ordinal);
        Assert.Equal("/entities/Rule/a?tenant=acme", card.Find("tr.severity a").GetAttribute("href"));
        Assert.Equal("contentHash", card.Find(".payload .path").TextContent);
    }

    [Fact]
    public void A_payload_that_is_no_profile_is_compared_place_by_place()
    {
        var card = RenderCard(Published("1.0.0", """{"rules":"none"}"""), Published("1.1.0", """{"rules":[1]}"""));

        Assert.Equal("1 place changed", card.Find("summary .tag").TextContent);
        Assert.Contains("was \"none\"", card.Find(".change .value").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_deceives_or_is_endless_is_shown_as_it_is_and_short()
    {
        var card = RenderCard(
            Published("1.0.0", "{}", type: "Rule"),
            Published("1.1.0", $$"""{"pattern":"{{"\u202E"}}{{new string('x', 60_000)}}","<b>":1}""", type: "Rule"));

        Assert.InRange(card.Markup.Length, 0, 6_000);
        Assert.Contains("\\u202E", card.Find(".payload").TextContent, StringComparison.Ordinal);
        Assert.Empty(card.FindAll("b"));
    }

    [Theory]
    [InlineData(true, "The first published version")]
    [InlineData(false, "The version before this one is not in the log (any more)")]
    public void Where_there_is_nothing_to_compare_with_it_says_why(bool isFirst, string expected)
    {
        var card = Render<VersionCard>(parameters => parameters
            .Add(card => card.Version, new PublishedVersion(Published("1.0.0", """{"rules":[{"slug":"a"}]}"""), null, isFirst))
            .Add(card => card.KeptSince, new DateTimeOffset(2024, 11, 22, 0, 0, 0, TimeSpan.Zero))
            .Add(card => card.EntryUrl, _ => "/audit-log"));

        Assert.StartsWith(expected, card.Find(".none").TextContent.Trim(), StringComparison.Ordinal);
        Assert.Contains("It holds 1 rule.", card.Find(".none").TextContent, StringComparison.Ordinal);
    }

    private IRenderedComponent<VersionCard> RenderCard(AuditEntry before, AuditEntry entry) => Render<VersionCard>(parameters => parameters
        .Add(card => card.Version, new PublishedVersion(entry, before, IsFirst: false))
        .Add(card => card.KeptSince, DateTimeOffset.UnixEpoch)
        .Add(card => card.Tenant, "acme")
        .Add(card => card.EntryUrl, _ => "/audit-log")
        .Add(card => card.Open, true));

    private static AuditEntry Published(string version, string payload, string type = "Profile") => new()
    {
        Id = Guid.Empty,
        TenantId = Guid.Empty,
        Sequence = 7,
        OccurredAt = new DateTimeOffset(2026, 5, 8, 11, 14, 2, TimeSpan.Zero),
        RecordedAt = new DateTimeOffset(2026, 5, 8, 11, 14, 2, TimeSpan.Zero),
        RecordedBy = "key:key_7",
        Content = new NewEntry
        {
            Actor = new Actor("user", "usr_41"),
            Action = type + "Published",
            Target = new Resource(type, "id_1", "standards", version),
            Metadata = PayloadDiffTests.Parse(payload),
        },
        Salt = default,
        Leaf = default,
        PreviousHash = default,
        Hash = default,
    };
}
