using System.Security.Cryptography;
using AuditConsole.Identity;
using AuditConsole.Tests.Storage;
using AuditConsole.Tests.Streams;
using Microsoft.Playwright;
using static AuditConsole.Tests.Browser.KeyboardWalk;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Browser;

/// <summary>Pages for programs' owners, by keyboard alone.</summary>
[Collection(BrowserTests.Name)]
public sealed class KeyboardTests(BrowserFixture fixture)
{
    [Fact]
    public async Task Settings_are_changed_and_the_reference_is_walked_by_keyboard_alone()
    {
        var tenant = await fixture.Console.AddTenantAsync("keyboard");
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(tenant, Role.Admin));
        await page.GotoAsync("/settings");
        var reading = page.Locator("section.setting").Filter(new() { HasText = "Programmatic reading" });
        await Expect(reading).ToBeVisibleAsync();
        await TabToAsync(page, "Turn programmatic reading on");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alertdialog)).ToBeVisibleAsync();
        await TabToAsync(page, "Turn on");
        await page.Keyboard.PressAsync("Enter");
        await Expect(reading).ToContainTextAsync("Turn programmatic reading off");
        await TabToAsync(page, "Reading");
        await page.Keyboard.TypeAsync("1200");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("section.setting").Filter(new() { HasText = "Rate limits" })).ToContainTextAsync("Own tier");

        await page.GotoAsync("/docs/api");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Read one entry" }).First).ToBeVisibleAsync();
        await TabToAsync(page, "GET Read one entry");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Read one entry" })).ToBeInViewportAsync();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Evidence_is_kept_and_proved_by_keyboard_alone()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, [TestEntries.Entry()]);
        var page = await fixture.NewPageAsync(seed.Reader);
        await page.GotoAsync("/integrity");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Verify now" })).ToBeEnabledAsync();
        await PressAsync(page, "Verify now");
        await Expect(page.Locator("main")).ToContainTextAsync("asked for by");

        await page.GotoAsync("/redaction");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add rule" })).ToBeVisibleAsync();
        await TypeAsync(page, "Name", "ssn");
        await TypeAsync(page, "Pattern", "\\d{3}-\\d{2}-\\d{4}");
        await TypeAsync(page, "Sample", "It is 123-45-6789.");
        await PressAsync(page, "Try on the sample");
        await Expect(page.Locator("main")).ToContainTextAsync("Found by");
        await page.Keyboard.PressAsync("Shift+Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Remove ssn" })).ToBeVisibleAsync();
        await PressAsync(page, "Remove ssn");
        await ConfirmAsync(page, "Remove");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Remove ssn" })).ToHaveCountAsync(0);

        await page.GotoAsync("/signing-keys");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Register key" })).ToBeVisibleAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await TypeAsync(page, "Name", "acme-web");
        await TypeAsync(page, "Public key (PEM)", key.ExportSubjectPublicKeyInfoPem());
        await PressAsync(page, "Register key");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Revoke acme-web" })).ToBeVisibleAsync();

        await page.GotoAsync("/holds");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Place hold…" })).ToBeVisibleAsync();
        await TypeAsync(page, "Name", "Case 4711");
        await TypeAsync(page, "Reason", "The lawyers asked for it.");
        await PressAsync(page, "Place hold…");
        await ConfirmAsync(page, "Place hold");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Lift Case 4711" })).ToBeVisibleAsync();
        await PressAsync(page, "Lift Case 4711");
        await Expect(page.GetByLabel("Reason for lifting Case 4711")).ToBeFocusedAsync();
        await page.Keyboard.InsertTextAsync("It is over.");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main")).ToContainTextAsync("It is over.");

        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_stream_is_added_checked_paused_and_its_dead_letter_sent_again_by_keyboard_alone()
    {
        await using var receivers = await ReceiverHost.StartAsync();
        var refuses = true;
        var receiver = receivers.Add(request => refuses && request.Sequences.Contains(2) ? new Answer(400, "no such field") : Answer.Ok);
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, [TestEntries.Entry()]);
        var page = await fixture.NewPageAsync(seed.Reader);
        await page.GotoAsync("/streams");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No streams yet" })).ToBeVisibleAsync();
        await PressAsync(page, "Add a stream");
        await Expect(page.GetByText("Where shall the entries")).ToBeVisibleAsync();
        await PressAsync(page, "HTTP endpoint", isWhole: false);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add stream" })).ToBeVisibleAsync();
        await TypeAsync(page, "Name", "To our SIEM");
        await TypeAsync(page, "Address", "ftp://siem");
        // Enter in a field sends the form; the mistakes get the focus, and lead to their fields.
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alert)).ToBeFocusedAsync();
        await PressAsync(page, "Address");
        await Expect(page.GetByLabel("Address")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.InsertTextAsync(receiver.Address.ToString());
        await PressAsync(page, "Check endpoint");
        await Expect(page.GetByText("The other side answered as it should.")).ToBeVisibleAsync();
        await TabToAsync(page, "Begin with");
        await page.Keyboard.PressAsync("End");
        await PressAsync(page, "Add stream");
        await Expect(page.Locator("h1")).ToHaveTextAsync("To our SIEM");
        var again = page.GetByRole(AriaRole.Button, new() { Name = "Send again: entry #2" });
        await Expect(again).ToBeVisibleAsync();
        refuses = false;
        await PressAsync(page, "Send again: entry #2");
        await Expect(again).ToHaveCountAsync(0);
        await PressAsync(page, "Pause");
        await Expect(page.Locator(".page-header .tag.warn")).ToHaveTextAsync("Paused");
        await PressAsync(page, "Resume");
        await Expect(page.Locator(".page-header .tag.good")).ToHaveTextAsync("Active");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_scheduled_export_is_added_run_paused_and_removed_by_keyboard_alone()
    {
        var seed = await LogSeed.MakeAsync(fixture, Role.Admin, [TestEntries.Entry()]);
        var page = await fixture.NewPageAsync(seed.Reader);
        await page.GotoAsync("/scheduled-exports");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No scheduled exports yet" })).ToBeVisibleAsync();
        await PressAsync(page, "Add a scheduled export");
        await Expect(page.GetByText("Where shall the files")).ToBeVisibleAsync();
        await PressAsync(page, "Download", isWhole: false);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add scheduled export" })).ToBeVisibleAsync();
        await TypeAsync(page, "Name", "For the auditors");
        await TabToAsync(page, "Time zone");
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.InsertTextAsync("Berlin");
        // Enter in a field sends the form; the mistake gets the focus, and leads to its field.
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alert)).ToBeFocusedAsync();
        await PressAsync(page, "Time zone");
        await Expect(page.GetByLabel("Time zone")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.InsertTextAsync("Europe/Berlin");
        await TabToAsync(page, "The first run holds");
        await page.Keyboard.PressAsync("End");
        await PressAsync(page, "Add scheduled export");
        await Expect(page.Locator("h1")).ToHaveTextAsync("For the auditors");
        await Expect(page.GetByText("None yet.")).ToBeVisibleAsync();
        await PressAsync(page, "Run now");
        await Expect(page.Locator("tbody .tag.good")).ToHaveTextAsync("Done");
        await PressAsync(page, "1 file of the run due", isWhole: false);
        await Expect(page.Locator("h1")).ToHaveTextAsync("Run of For the auditors");
        await Expect(page.GetByText("The same")).ToBeVisibleAsync();
        await PressAsync(page, "All runs");
        await Expect(page.Locator("h1")).ToHaveTextAsync("For the auditors");
        await PressAsync(page, "Pause");
        await Expect(page.Locator(".page-header .tag.warn")).ToHaveTextAsync("Paused");
        await PressAsync(page, "Remove …");
        await ConfirmAsync(page, "Remove");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No scheduled exports yet" })).ToBeVisibleAsync();
        await page.Context.CloseAsync();
    }
}
