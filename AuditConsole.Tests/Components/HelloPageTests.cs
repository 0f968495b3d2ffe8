using AuditConsole.Shell;
using Bunit;
using Radzen;

namespace AuditConsole.Tests.Components;

public sealed class HelloPageTests : BunitContext
{
    [Fact]
    public void A_click_is_counted()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddRadzenComponents();
        var page = Render<HelloPage>();

        page.Find("button").Click();

        page.Find("[role=status]").MarkupMatches("""<p role="status">Clicked 1 times</p>""");
    }
}
