using System.Text.RegularExpressions;
using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Streams;

/// <summary>What an Admin does with streams in the browser, against real receivers.</summary>
[Collection(BrowserTests.Name)]
public sealed class StreamPagesTests(BrowserFixture fixture) : IAsyncLifetime
{
    private ReceiverHost _receivers = null!;

    public async Task InitializeAsync() => _receivers = await ReceiverHost.StartAsync();

    public async Task DisposeAsync() => await _receivers.DisposeAsync();

    [Fact]
    public async Task A_stream_is_added_checked_watched_paused_and_deleted()
    {
        var tenant = await fixture.Console.AddTenantAsync($"s-{Guid.NewGuid():N}");
        var admin = await fixture.Console.AddUserAsync(tenant, Role.Admin);
        var receiver = _receivers.Add();
        var page = await fixture.NewPageAsync(admin);
        await page.GotoAsync("/streams");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No streams yet" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a stream" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "HTTP endpoint" }).ClickAsync();

        // What is wrong is said at the field, and nothing was added.
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("To our SIEM");
        await page.GetByLabel("Address").FillAsync("ftp://siem");
        await Button("Add stream").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("One thing is to be put right.");
        await Expect(page.GetByLabel("Address")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.GetByRole(AriaRole.Alert)).ToBeFocusedAsync();

        await page.GetByLabel("Address").FillAsync(receiver.Address.ToString());
        await page.GetByLabel("Bearer token").FillAsync("tok-1234567890");
        receiver.Answer = _ => new Answer(403, "no such token");
        await Button("Check endpoint").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "did not take it" })).ToContainTextAsync("no such token");
        receiver.Answer = _ => Answer.Ok;
        await Button("Check endpoint").ClickAsync();
        await Expect(page.GetByText("The other side answered as it should.")).ToBeVisibleAsync();
        await Button("Add stream").ClickAsync();

        await Expect(page.Locator("h1")).ToHaveTextAsync("To our SIEM");
        await Expect(page.GetByText("…7890")).ToBeVisibleAsync();
        await AppendAsync(tenant, 3);
        await receiver.UntilAsync(one => one.TakenSequences.Count(sequence => sequence > 1) >= 3);
        await Expect(page.Locator(".numbers")).ToContainTextAsync("it is up to date");
        await Expect(page.Locator("[aria-labelledby=attempts-title] tbody tr").First).ToContainTextAsync("200");

        await Button("Pause").ClickAsync();
        await Expect(page.Locator(".page-header .tag.warn")).ToHaveTextAsync("Paused");
        await AppendAsync(tenant, 2);
        await Expect(page.Locator(".numbers")).ToContainTextAsync(new Regex("[2-9] entries"));
        await Button("Resume").ClickAsync();
        await Expect(page.Locator(".page-header .tag.good")).ToHaveTextAsync("Active");
        await Expect(page.Locator(".numbers")).ToContainTextAsync("it is up to date");

        await Button("Change settings").ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("To the new SIEM");
        await Button("Save").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("To the new SIEM");
        var before = receiver.All.Count;
        await AppendAsync(tenant, 1);
        await receiver.UntilAsync(one => one.All.Count > before);
        // The token that was left empty is still the one that was set.
        Assert.Equal("Bearer tok-1234567890", receiver.All[^1].Headers["Authorization"]);

        await Button("Delete …").ClickAsync();
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No streams yet" })).ToBeVisibleAsync();
        await page.Context.CloseAsync();

        ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
    }

    [Fact]
    public async Task A_webhooks_secret_is_shown_once_and_a_delivery_is_sent_again()
    {
        var tenant = await fixture.Console.AddTenantAsync($"s-{Guid.NewGuid():N}");
        var admin = await fixture.Console.AddUserAsync(tenant, Role.Admin);
        var receiver = _receivers.Add();
        var page = await fixture.NewPageAsync(admin);
        await page.GotoAsync("/streams/new?kind=webhook");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Provisioning");
        await page.GetByLabel("Address").FillAsync(receiver.Address.ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Add stream" }).ClickAsync();
        var secret = await page.Locator("code[id^=made-]").TextContentAsync();
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Link, new() { Name = "I have stored it" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Provisioning");
        Assert.DoesNotContain(secret!, await page.ContentAsync(), StringComparison.Ordinal);

        await AppendAsync(tenant, 1);
        await receiver.UntilAsync(one => one.Taken.Count > 0);
        var id = receiver.Taken[^1].Id;
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Deliver again: ") }).First.ClickAsync();
        await Expect(page.GetByText(new Regex("1 entry delivered"))).ToBeVisibleAsync();
        Assert.True(receiver.Taken.Count(request => request.Id == id) >= 1);

        await page.GetByRole(AriaRole.Button, new() { Name = "New secret …" }).ClickAsync();
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Make it" }).ClickAsync();
        await Expect(page.Locator("#fresh")).ToHaveTextAsync(new Regex("^whsec_"));
        Assert.NotEqual(secret, await page.Locator("#fresh").TextContentAsync());
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task What_a_bucket_needs_is_shown_to_be_copied_before_the_stream_is_added_and_after_it()
    {
        var tenant = await fixture.Console.AddTenantAsync($"s-{Guid.NewGuid():N}");
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(tenant, Role.Admin));
        await page.GotoAsync("/streams/new?kind=s3");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Archive");
        await page.GetByLabel("Bucket", new() { Exact = true }).FillAsync("acme-audit");
        await page.GetByLabel("Region").FillAsync("eu-central-1");
        await page.GetByLabel("Access key ID").FillAsync("AKIAEXAMPLE000000000");
        await page.GetByLabel("Secret access key").FillAsync("secretsecretsecretsecretsecretsecret0001");
        await Expect(page.GetByLabel("Role ARN")).ToHaveCountAsync(0);
        await page.GetByText("What to set up at the other side first").ClickAsync();
        await Expect(page.Locator("pre[aria-label='Permission policy']")).ToContainTextAsync("arn:aws:s3:::acme-audit/");
        await Axe.CheckBothSchemesAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add stream" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Archive");
        await page.GetByText("What to set up at the other side").ClickAsync();
        await Expect(page.Locator("pre[aria-label='Permission policy']")).ToContainTextAsync("arn:aws:s3:::acme-audit/");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Checkpoints_are_sent_to_a_bucket_and_the_integrity_page_says_how_far()
    {
        var tenant = await fixture.Console.AddTenantAsync($"s-{Guid.NewGuid():N}");
        await AppendAsync(tenant, 2);
        Assert.True(await fixture.Console.Services.GetRequiredService<CheckpointService>().SignNowAsync(tenant.Number, default));
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(tenant, Role.Admin));
        await page.GotoAsync("/streams/new");
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("^S3-compatible storage Checkpoints") }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Checkpoints to a bucket: S3-compatible storage");
        await Expect(page.GetByLabel("Begin with")).ToHaveCountAsync(0);
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Proof");
        await page.GetByLabel("Endpoint").FillAsync(_receivers.Bucket.ToString());
        await page.GetByLabel("Bucket", new() { Exact = true }).FillAsync("acme-proof");
        await page.GetByLabel("Access key ID").FillAsync("AKIAEXAMPLE000000000");
        await page.GetByLabel("Secret access key").FillAsync("secretsecretsecretsecretsecretsecret0001");
        await page.GetByLabel("Locked for, in days").FillAsync("0");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add stream" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("a number of days");
        await page.GetByLabel("Locked for, in days").FillAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add stream" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Proof");
        await Expect(page.Locator(".numbers")).ToContainTextAsync("it is up to date");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Send older entries again" })).ToHaveCountAsync(0);
        await page.GotoAsync("/integrity");
        await Expect(page.Locator("[data-bucket]")).ToContainTextAsync("✓ Published by the stream Proof up to #");
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the stream Proof" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Proof");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Older_entries_are_sent_again_from_a_day_and_a_time_on()
    {
        var tenant = await fixture.Console.AddTenantAsync($"s-{Guid.NewGuid():N}");
        var service = fixture.Console.Services.GetRequiredService<StreamService>();
        var stream = await service.AddAsync(
            StreamOwner.Console(tenant),
            new StreamDraft { Name = "SIEM", Kind = "http", Settings = new Dictionary<string, string> { ["url"] = _receivers.Add().Address.ToString() } }, default);
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(tenant, Role.Admin));
        await page.GotoAsync($"/streams/{stream.Id}");
        var replay = page.GetByRole(AriaRole.Button, new() { Name = "Replay", Exact = true });
        await page.GetByLabel("At", new() { Exact = true }).FillAsync("17:30");
        await replay.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Name the day too");
        await page.GetByLabel("From the day, UTC").FillAsync("2026-01-02");
        await replay.ClickAsync();
        await Expect(page.Locator(".told")).ToContainTextAsync("Older entries are being sent again");
        var entry = (await fixture.Console.EntriesAsync(tenant))[0];
        Assert.Equal("2026-01-02T17:30:00.000Z", System.Text.Json.Nodes.JsonNode.Parse(entry.Content.Metadata.Utf8.Span)!["replay"]!.GetValue<string>());
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Until_a_page_is_there_it_says_that_it_opens()
    {
        var tenant = await fixture.Console.AddTenantAsync($"s-{Guid.NewGuid():N}");
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(tenant, Role.Admin));
        await page.RouteAsync("**/_blazor/**", _ => Task.CompletedTask);
        await page.GotoAsync("/streams", new() { WaitUntil = WaitUntilState.Commit });
        await Expect(page.GetByText("Opening …")).ToBeVisibleAsync();
        await page.UnrouteAsync("**/_blazor/**");
        await page.GotoAsync("/streams");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Streams");
        await Expect(page.GetByText("Opening …")).ToBeHiddenAsync();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Nobody_but_an_Admin_sees_streams()
    {
        var tenant = await fixture.Console.AddTenantAsync($"s-{Guid.NewGuid():N}");
        var page = await fixture.NewPageAsync(await fixture.Console.AddUserAsync(tenant, Role.Auditor));
        foreach (var address in new[] { "/streams", "/streams/new", "/streams/str_none" })
        {
            await page.GotoAsync(address);
            await Expect(page.GetByText("This page needs the role Admin")).ToBeVisibleAsync();
            await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Streams", Exact = true })).ToHaveCountAsync(0);
        }
        await page.Context.CloseAsync();
    }

    /// <summary>A stream of each look: one that delivers, one that fails, with a dead letter.</summary>
    internal static async Task<string> SeedAsync(ConsoleFactory console, ReceiverHost receivers, Tenants.Tenant tenant)
    {
        var service = console.Services.GetRequiredService<StreamService>();
        var owner = StreamOwner.Console(tenant);
        var since = DateTimeOffset.UnixEpoch;
        var bad = receivers.Add(request => request.Sequences is [3] ? new Answer(400, "{\"error\":\"metadata.severity is no integer\"}") : Answer.Ok);
        var hook = await service.AddAsync(owner, Draft("webhook", "Provisioning hook", bad), default);
        await bad.UntilAsync(one => one.Taken.Count >= 5);
        var down = receivers.Add(_ => new Answer(503, "maintenance"));
        await service.AddAsync(owner, Draft("http", "SIEM, production", down), default);
        await down.UntilAsync(one => one.All.Count > 0);
        await service.AddAsync(owner, new StreamDraft
        {
            Name = "Checkpoints, our own bucket",
            Kind = "s3-compatible",
            Purpose = StreamPurpose.Checkpoints,
            Settings = new Dictionary<string, string>
            {
                ["endpoint"] = receivers.Bucket.ToString(),
                ["bucket"] = "acme-proof",
                ["access_key_id"] = "AKIAEXAMPLE000000000",
                ["secret_access_key"] = "secret",
            },
        }, default);
        return hook.Id;

        StreamDraft Draft(string kind, string name, Receiver receiver) =>
            new() { Name = name, Kind = kind, Since = since, Settings = new Dictionary<string, string> { ["url"] = receiver.Address.ToString() } };
    }

    private Task AppendAsync(Tenants.Tenant tenant, int count) => fixture.Console.Services.GetRequiredService<IEntryStore>().AppendAsync(
        new AppendRequest
        {
            Tenant = tenant.Number,
            TenantId = tenant.Id,
            RecordedBy = "key:key_test",
            Entries = [.. Enumerable.Range(0, count).Select(_ => PreparedEntry.From(TestEntries.Entry()))],
        },
        default);
}
