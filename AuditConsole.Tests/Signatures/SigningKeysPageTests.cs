using AuditConsole.Identity;
using AuditConsole.Tests.ApiKeys;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Ingest;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Signatures;

[Collection(BrowserTests.Name)]
public sealed class SigningKeysPageTests(BrowserFixture fixture)
{
    [Fact]
    public async Task An_admin_registers_a_key_requires_signatures_and_revokes_it()
    {
        using var producer = await Producer.CreateAsync(fixture.Console);
        using var signer = Signer.New();
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(producer.Tenant, Role.Admin));
        await page.GotoAsync("/signing-keys");
        await Expect(page.GetByText("No signing keys yet")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Require signatures" })).ToBeDisabledAsync();
        await page.GetByLabel("Name").FillAsync("acme-web");
        await page.GetByLabel("Public key").FillAsync(signer.PrivatePem);
        await page.GetByRole(AriaRole.Button, new() { Name = "Register key" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("That is a private key");
        await page.GetByLabel("Public key").FillAsync(signer.PublicPem);
        await page.GetByRole(AriaRole.Button, new() { Name = "Register key" }).ClickAsync();
        await Expect(page.Locator(".notice.good")).ToContainTextAsync("sgk_");
        signer.KeyId = (await page.Locator("td.name .mono").TextContentAsync())!;

        await page.GetByRole(AriaRole.Button, new() { Name = "Require signatures" }).ClickAsync();
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Require" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Signed entries alone are taken" })).ToBeVisibleAsync();
        (await producer.SendAsync(Bodies.Entry())).AssertError(422, "signature_required");
        var answer = await producer.SendAsync(signer.Sign(Signer.Entry(), producer).ToJsonString());
        Assert.True(answer.Status == 201, answer.Body);
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke acme-web" }).ClickAsync();
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Cell).Filter(new() { HasText = "Revoked" })).ToBeVisibleAsync();
        await Axe.CheckAsync(page);
        await ApiKeysPageTests.ScreenshotAsync(page, "signing-keys");

        await page.GotoAsync($"/audit-log?entry={answer.Places[0].Sequence}");
        await Expect(page.Locator(".facts").First).ToContainTextAsync($"acme-web{signer.KeyId}, verified on arrival");
        await ApiKeysPageTests.ScreenshotAsync(page, "signed-entry");
    }
}
