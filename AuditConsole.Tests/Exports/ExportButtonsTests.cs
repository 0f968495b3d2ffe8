using AuditConsole.Exports;
using AuditConsole.Identity;
using AuditConsole.Query;
using Bunit;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Radzen;

namespace AuditConsole.Tests.Exports;

public sealed class ExportButtonsTests : BunitContext
{
    private static readonly EntryFilterQuery Filter = EntryFilterQuery.Default(null, new DateOnly(2026, 11, 22)) with { Slug = "a&b\"" };

    public ExportButtonsTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddRadzenComponents();
        Services.AddSingleton<AntiforgeryStateProvider, FixedToken>();
        Services.AddSingleton(new ExportService(null!, null!, null!, Options.Create(new ExportOptions { MaxEntries = 1_000 })));
    }

    [Fact]
    public void A_viewer_sees_no_buttons() => Assert.Empty(RenderButtons(Role.Viewer, 10, 10).Markup.Trim());

    [Fact]
    public void The_form_carries_token_filter_and_snapshot_and_the_button_the_format()
    {
        var buttons = RenderButtons(Role.Auditor, 12, 1_000);

        var form = buttons.Find("form[method=post]");
        Assert.Equal("/audit-log/export", form.GetAttribute("action"));
        Assert.Equal(
            ["__RequestVerificationToken=token", "tenant=acme", "from=2026-10-23", "to=2026-11-22", "slug=a&b\"", "snapshot=12"],
            buttons.FindAll("input[type=hidden]").Select(input => $"{input.GetAttribute("name")}={input.GetAttribute("value")}"));
        Assert.Equal(["format=json", "format=csv"], buttons.FindAll("button").Select(button => $"{button.GetAttribute("name")}={button.GetAttribute("value")}"));
        Assert.Equal("1,000 entries", buttons.Find("[role=status]").TextContent);
        Assert.All(buttons.FindAll("button"), button => Assert.False(button.HasAttribute("disabled")));
    }

    [Theory]
    [InlineData(null, "Counting…")]
    [InlineData(0L, "0 entries")]
    public void While_there_is_nothing_to_download_the_buttons_rest(long? count, string text)
    {
        var buttons = RenderButtons(Role.Admin, 12, count);

        Assert.All(buttons.FindAll("button"), button => Assert.True(button.HasAttribute("disabled")));
        Assert.Equal(text, buttons.Find("[role=status]").TextContent);
    }

    [Fact]
    public void Above_the_limit_a_click_asks_before_anything_is_sent()
    {
        var buttons = RenderButtons(Role.Admin, 5_000, 1_001);
        var asked = "";
        Services.GetRequiredService<DialogService>().OnOpen += (title, _, _, _) => asked = title;

        Assert.All(buttons.FindAll("button"), button => Assert.Equal("button", button.GetAttribute("type")));
        buttons.Find("button.primary").Click();

        Assert.Equal("Export the newest 1,000 entries?", asked);
    }

    private IRenderedComponent<ExportButtons> RenderButtons(Role role, long? snapshot, long? count) => Render<ExportButtons>(parameters => parameters
        .AddCascadingValue(new Member("usr_1", "a@b.example", 1, Guid.Empty, "acme", "Acme", role))
        .Add(buttons => buttons.Filter, Filter)
        .Add(buttons => buttons.Snapshot, snapshot)
        .Add(buttons => buttons.Count, count));

    private sealed class FixedToken : AntiforgeryStateProvider
    {
        public override AntiforgeryRequestToken GetAntiforgeryToken() => new("token", "__RequestVerificationToken");
    }
}
