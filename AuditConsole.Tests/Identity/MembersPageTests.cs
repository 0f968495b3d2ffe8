using AuditConsole.Identity;
using AuditConsole.Tests.ApiKeys;
using AuditConsole.Tests.Browser;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Identity;

[Collection(BrowserTests.Name)]
public sealed class MembersPageTests(BrowserFixture fixture)
{
    [Fact]
    public async Task An_admin_adds_a_person_who_sets_a_password_and_signs_in()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("members-page", "Members Page Ltd");
        var admin = await fixture.NewPageAsync(await console.AddUserAsync(tenant, Role.Admin));
        await admin.GotoAsync("/members");
        await admin.GetByLabel("Email").FillAsync("ada@members.example");
        await admin.GetByLabel("Role", new() { Exact = true }).SelectOptionAsync("Auditor");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Add member" }).ClickAsync();
        var link = await admin.Locator("#new-link").TextContentAsync();
        await Axe.CheckAsync(admin);
        await ApiKeysPageTests.ScreenshotAsync(admin, "members-new");

        var ada = await fixture.NewPageAsync();
        await ada.GotoAsync(link!);
        await Axe.CheckAsync(ada);
        await ApiKeysPageTests.ScreenshotAsync(ada, "set-password");
        await ada.GetByLabel("New password").FillAsync("a sentence is good");
        await ada.GetByRole(AriaRole.Button, new() { Name = "Set password" }).ClickAsync();
        await Expect(ada.GetByText("Your password is set.")).ToBeVisibleAsync();
        await Axe.CheckAsync(ada);
        await ApiKeysPageTests.ScreenshotAsync(ada, "sign-in");
        await ada.GetByLabel("Email").FillAsync("Ada@Members.example");
        await ada.GetByLabel("Password").FillAsync("a sentence is good");
        await ada.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(ada.GetByText("ada@members.example · Auditor")).ToBeVisibleAsync();

        await ada.GotoAsync(link!);
        await Expect(ada.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This link was used or has expired. Ask an Admin for a new one.");
    }

    [Fact]
    public async Task The_last_admin_can_neither_be_removed_nor_demoted()
    {
        var console = fixture.Console;
        var tenant = await console.AddTenantAsync("last-admin");
        var user = await console.AddUserAsync(tenant, Role.Admin);
        var page = await fixture.NewPageAsync(user);
        await page.GotoAsync("/members");

        await page.GetByRole(AriaRole.Button, new() { Name = $"Remove {user.Email}" }).ClickAsync();
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("last Admin");

        await page.GetByRole(AriaRole.Button, new() { Name = $"Change role of {user.Email}" }).ClickAsync();
        await page.GetByLabel($"New role of {user.Email}").SelectOptionAsync("Viewer");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Lower my role" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("last Admin");
    }
}
