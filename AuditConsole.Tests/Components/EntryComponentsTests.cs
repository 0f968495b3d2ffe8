using System.Net;
using AuditConsole.AuditLog;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using Bunit;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Tests.Components;

public sealed class EntryComponentsTests : BunitContext
{
    private static readonly LogQuery Query = LogQuery.Default("acme", new DateOnly(2026, 11, 22));

    private static readonly Member Viewer = new("usr_1", "a@b.example", 1, Guid.Empty, "acme", "Acme", Role.Viewer);

    private static readonly AuditEntry Entry = new()
    {
        Id = Guid.Parse("0193f5a0-0000-7000-8000-0000000000aa"),
        TenantId = Guid.Empty,
        Sequence = 48190,
        OccurredAt = new DateTimeOffset(2026, 11, 21, 16, 42, 7, 318, TimeSpan.Zero),
        RecordedAt = new DateTimeOffset(2026, 11, 21, 16, 42, 7, 402, TimeSpan.Zero),
        RecordedBy = "key:key_7",
        Content = new NewEntry
        {
            Actor = new Actor("api_key", "key_7", "acme-web-ci"),
            Action = "ProfilePublished",
            Target = new Resource("Profile", "prf_12", "backend-standards", "1.5.0"),
        },
        Salt = default,
        Leaf = default,
        PreviousHash = EntryHash.Zero,
        Hash = EntryHash.Parse(new string('a', 64)),
    };

    [Fact]
    public void A_row_tells_who_did_what_when_and_to_what()
    {
        var row = RenderRow(Entry);

        var time = row.Find("time");
        Assert.Equal("2026-11-21 16:42", time.TextContent);
        Assert.Equal("2026-11-21 16:42:07 +00:00", time.GetAttribute("title"));
        Assert.Equal("2026-11-21T16:42:07.318Z", time.GetAttribute("datetime"));
        Assert.Equal("0", time.GetAttribute("tabindex"));
        Assert.Equal("API key: acme-web-ci", row.Find(".actor a").TextContent);
        Assert.Contains("actor=key_7", row.Find(".actor a").GetAttribute("href"));
        Assert.Equal("/entities/Profile/backend-standards?tenant=acme", row.Find(".entity").GetAttribute("href"));
        Assert.Equal("–", row.Find(".engine").TextContent.Trim());
        Assert.Contains("publish", row.Find(".action-label").ClassList);
    }

    [Theory]
    [InlineData("Rule", "Rule")]
    [InlineData("ApiKey", "API key")]
    [InlineData("SpecJob", "Spec job")]
    [InlineData("EngineVersion", "Engine version")]
    [InlineData("workspace", "workspace")]
    public void Known_kinds_have_names_and_others_keep_theirs(string type, string label) =>
        Assert.Equal(label, RenderRow(With(Entry.Content with { Target = new Resource(type, "id_1") })).Find(".entity-kind").TextContent);

    [Fact]
    public void What_an_entry_says_is_text_in_every_cell_and_attribute()
    {
        const string hostile = "\"><img src=x onerror=alert(1)>'&lt;";
        var row = RenderRow(With(Entry.Content with
        {
            Actor = new Actor("user", hostile, hostile),
            Action = hostile,
            Target = new Resource(hostile, hostile, hostile, hostile),
            EngineVersion = hostile,
        }));
        Assert.Empty(row.FindAll("img"));
        Assert.Equal(6, row.FindAll("td").Count);
        Assert.Equal(hostile, row.Find(".actor a").GetAttribute("title"));
        Assert.Equal([hostile, hostile, hostile, hostile, hostile, hostile], row.FindAll("bdi").Select(text => text.TextContent));
        Assert.Contains(Uri.EscapeDataString(hostile), row.Find(".actor a").GetAttribute("href"));
    }

    [Fact]
    public void Where_there_is_no_slug_the_id_stands_in() =>
        Assert.Equal("id/1", RenderRow(With(Entry.Content with { Target = new Resource("Rule", "id/1") })).Find(".entity").TextContent);

    [Theory]
    [InlineData("..", "/audit-log?tenant=acme&entityType=Rule&slug=..")]
    [InlineData("a/b?c", "/entities/Rule/a%2Fb%3Fc?tenant=acme")]
    public void A_slug_never_leads_astray(string slug, string href) =>
        Assert.Equal(href, RenderRow(With(Entry.Content with { Target = new Resource("Rule", "id_1", slug) })).Find(".entity").GetAttribute("href"));

    [Fact]
    public void Rows_keep_their_order_and_details_stand_below_theirs()
    {
        var rows = RenderRows([Entry, Entry with { Sequence = 48189 }], open: [48190]);

        Assert.Equal(["48190", "48189"], rows.FindAll("[data-entry]").Select(row => row.GetAttribute("data-entry")));
        Assert.Equal(["0", "-1"], rows.FindAll("[data-entry]").Select(row => row.GetAttribute("tabindex")));
        Assert.Equal(["", "details-48190", ""], rows.FindAll("tr").Select(row => row.Id));
        Assert.All(rows.FindAll("[data-toggle]"), button => Assert.Equal(("Show", "false"), (button.TextContent, button.GetAttribute("aria-expanded"))));

        rows.Render(parameters => parameters
            .Add(shown => shown.Rows, RowsOf([Entry with { Sequence = 7 }, With(Entry.Content with { Action = "RulePublished" }) with { Sequence = 6 }]))
            .Add(shown => shown.Opened, new Dictionary<long, AuditEntry> { [6] = Entry with { Sequence = 6 } }));

        Assert.Equal(["ProfilePublished", "RulePublished"], rows.FindAll(".action-label").Select(label => label.TextContent));
        Assert.Equal(["", "", "details-6"], rows.FindAll("tr").Select(row => row.Id));
    }

    [Fact]
    public void A_row_asks_for_its_own_details()
    {
        var asked = new List<long>();
        var rows = RenderRows([Entry], onToggle: asked.Add);

        rows.Find("tbody").TriggerEvent("onentrytoggle", new EntryToggleEventArgs { Sequence = 48190 });

        Assert.Equal([48190], asked);
    }

    [Fact]
    public void Links_of_rows_lead_on_from_what_is_shown()
    {
        Assert.DoesNotContain("entityType", RenderRow(Entry).Find(".actor a").GetAttribute("href"));

        var filtered = Query with { Filter = Query.Filter with { EntityType = "Profile" } };
        Assert.Contains("entityType=Profile", LogRow.Of([Entry], filtered, Viewer)[0].Html);
    }

    [Fact]
    public void Of_an_actor_whom_the_filter_names_the_page_knows_the_name()
    {
        var page = new LogPage([Entry], 48190, 0, "here", null, null, default);

        Assert.Null(ShownPage.Of(page, Query, Viewer).Actor);
        Assert.Equal("API key: acme-web-ci", ShownPage.Of(page, Query with { Filter = Query.Filter with { Actor = "key_7" } }, Viewer).Actor);
    }

    [Fact]
    public void Details_leave_out_what_the_entry_does_not_hold()
    {
        var facts = Facts(Entry);

        Assert.Equal("#48,190", facts["Entry"]);
        Assert.Equal("2026-11-21 16:42:07.402Z", facts["Recorded"]);
        Assert.Equal("key:key_7", facts["Recorded by"]);
        Assert.Equal(new string('a', 64), facts["Hash"]);
        Assert.Equal(new string('0', 64), facts["Previous"]);
        Assert.DoesNotContain(facts.Keys, name => name is "Client IP" or "User agent" or "Location" or "Also" or "Correlation" or "Schema");
    }

    [Fact]
    public void Details_hold_all_that_the_entry_holds()
    {
        var facts = Facts(With(Entry.Content with
        {
            Ip = IPAddress.Parse("2001:db8::1"),
            UserAgent = "agent",
            Location = "Berlin",
            CorrelationId = "corr",
            SchemaVersion = 3,
            Targets = [new Resource("Rule", "r", "no-async-void")],
        }));

        Assert.Equal(
            ("2001:db8::1", "agent", "Berlin", "corr", "3"),
            (facts["Client IP"], facts["User agent"], facts["Location"], facts["Correlation"], facts["Schema"]));
        Assert.Contains("no-async-void", facts["Also"]);
    }

    [Theory]
    [InlineData("RulePublished", "publish")]
    [InlineData("RuleCreated", "create")]
    [InlineData("ProfileUnarchived", "create")]
    [InlineData("ProfileArchived", "end")]
    [InlineData("ProfileDrafted", "edit")]
    [InlineData("workspace.member.role_changed", "edit")]
    [InlineData("something else", "")]
    public void The_dot_says_what_kind_of_action_it_was(string action, string kind) => Assert.Equal(kind, ActionKinds.Of(action));

    private static AuditEntry With(NewEntry content) => Entry with { Content = content };

    private static IReadOnlyList<LogRow> RowsOf(IEnumerable<AuditEntry> entries) => LogRow.Of(entries, Query, Viewer);

    private IRenderedComponent<EntryRows> RenderRow(AuditEntry entry) => RenderRows([entry]);

    private IRenderedComponent<EntryRows> RenderRows(IReadOnlyList<AuditEntry> entries, IReadOnlyList<long>? open = null, Action<long>? onToggle = null) =>
        Render<EntryRows>(parameters => parameters
            .Add(rows => rows.Rows, RowsOf(entries))
            .Add(rows => rows.Opened, entries.Where(entry => open?.Contains(entry.Sequence) == true).ToDictionary(entry => entry.Sequence))
            .Add(rows => rows.Query, Query)
            .Add(rows => rows.Here, "here")
            .Add(rows => rows.OnToggle, EventCallback.Factory.Create<long>(this, onToggle ?? (_ => { }))));

    private Dictionary<string, string> Facts(AuditEntry entry)
    {
        var details = Render<EntryDetails>(parameters => parameters
            .Add(component => component.Entry, entry)
            .Add(component => component.Query, Query)
            .Add(component => component.Here, "here"));
        return details.FindAll(".facts dt").ToDictionary(name => name.TextContent, name => name.NextElementSibling!.TextContent.Trim());
    }
}
