using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.EventTypes;

[Collection(BrowserTests.Name)]
public sealed class EventTypePageTests(BrowserFixture fixture)
{
    [Fact]
    public async Task An_Admin_proposes_a_schema_tries_it_sees_how_recent_events_fare_and_requires_it()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("schemas", "Schema House");
        var admin = await console.AddUserAsync(tenant, Role.Admin);
        var entries = Enumerable.Range(1, 30).Select(number => TestEntries.Entry(action: "invoice.paid", type: "Invoice", slug: $"inv-{number}") with
        {
            Metadata = CanonicalObject.From(new { cost = number, note = number % 3 == 0 ? "late" : null }),
        });
        await console.Services.GetRequiredService<IEntryStore>().AppendAsync(
            new AppendRequest { Tenant = tenant.Number, TenantId = tenant.Id, RecordedBy = "key:key_test", Entries = [.. entries.Select(PreparedEntry.From)] }, default);
        var page = await fixture.NewPageAsync(admin);

        await page.GotoAsync("/audit-log?tenant=schemas");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "Event types" }).ClickAsync();
        // The log has rows of the action, too.
        await Expect(page.Locator("h1")).ToHaveTextAsync("Event types");
        var row = page.GetByRole(Microsoft.Playwright.AriaRole.Row).Filter(new() { HasText = "invoice.paid" });
        await Expect(row).ToContainTextAsync("30");
        await row.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "invoice.paid" }).PressAsync("Enter");

        await Expect(page.Locator("h1")).ToHaveTextAsync("invoice.paid");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Propose from what was seen" }).PressAsync("Enter");
        await Expect(page.GetByText("what the newest 30 entries have in common")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Schema", new() { Exact = true })).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("\"cost\": \\{\\s+\"type\": \"integer\""));
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Check recent events" }).PressAsync("Enter");
        await Expect(page.GetByText("None of the newest 30 would have been refused.")).ToBeVisibleAsync();
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Register", Exact = true }).PressAsync("Enter");
        await Expect(page.GetByText("Version 1 is registered.")).ToBeVisibleAsync();

        await page.GetByLabel("Schema", new() { Exact = true }).FillAsync(
            """{"targets":[{"type":"Invoice"}],"metadata":{"type":"object","properties":{"cost":{"type":"number","maximum":20}}}}""");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Register", Exact = true }).PressAsync("Enter");
        await Expect(page.GetByText("Version 2 is registered.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Table, new() { Name = "Version 1 beside version 2" })).ToBeVisibleAsync();
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Check recent events" }).PressAsync("Enter");
        await Expect(page.GetByText("10 of the newest 30 would have been refused.")).ToBeVisibleAsync();
        await page.Locator("#tried").FillAsync("""{"targets":[{"type":"Invoice","id":"i"}],"metadata":{"cost":21}}""");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Check this event" }).PressAsync("Enter");
        await Expect(page.GetByText("The event would be refused:")).ToBeVisibleAsync();
        await Expect(page.GetByText("/metadata/cost")).ToBeVisibleAsync();
        await Expect(page.GetByText("must be 20 or less")).ToBeVisibleAsync();

        await page.GetByLabel("Schema", new() { Exact = true }).FillAsync("""{"targets":[{"type":"Invoice","metadata":{"$ref":"x"}}]}""");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Register", Exact = true }).PressAsync("Enter");
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Alert)).ToContainTextAsync("/targets/0/metadata/$ref is a reference");

        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Require the schema" }).PressAsync("Enter");
        await Expect(page.GetByText("Schema required")).ToBeVisibleAsync();
        using var client = console.NewClient(await console.AddKeyAsync(tenant));
        using var refused = await client.PostAsync("/api/audit-log", new StringContent(
            """{"action":"invoice.paid","actor":{"type":"user","id":"u"},"target":{"type":"Invoice","id":"i"},"metadata":{"cost":21}}""", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(422, (int)refused.StatusCode);
        await page.Context.CloseAsync();
    }
}
