using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Reach;
using AuditConsole.Tenants;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using AuditConsole.Tests.Streams;
using AuditConsole.Tests.Streams.Destinations;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AuditConsole.Tests.Portal;

/// <summary>
/// A tenant's own IT sets up its stream from the link that a program asked for to the first entries that arrive, for each
/// provider that is offered. Where SCREENSHOT_DIR names a folder, pictures are made on the way.
/// </summary>
public sealed class PortalGuideTests(PortalGuideFixture fixture) : IClassFixture<PortalGuideFixture>
{
    private const string Role = "arn:aws:iam::123456789012:role/audit-console";

    private static string? Folder => Environment.GetEnvironmentVariable("SCREENSHOT_DIR");

    [Theory]
    [InlineData("http", null, "HTTP endpoint")]
    [InlineData("splunk-hec", null, "Splunk HEC")]
    [InlineData("datadog", null, "Datadog")]
    [InlineData("s3", "keys", "Amazon S3", "\"arn:aws:s3:::acme-audit-log/audit-log/*\"")]
    [InlineData("s3", "role", "Amazon S3", "\"arn:aws:s3:::acme-audit-log/audit-log/*\"", "sts:AssumeRole")]
    [InlineData("gcs", null, "Google Cloud Storage", "gs://acme-audit --member=serviceAccount:audit@acme.iam.gserviceaccount.com")]
    [InlineData("bigquery", null, "Google BigQuery", "ON SCHEMA `acme.security` TO \"serviceAccount:audit@acme.iam.gserviceaccount.com\"", "roles/bigquery.jobUser")]
    [InlineData("snowflake", null, "Snowflake", "CREATE TABLE SECURITY.PUBLIC.AUDIT_LOG", "GRANT INSERT ON TABLE SECURITY.PUBLIC.AUDIT_LOG TO ROLE ROLE;", "SET RSA_PUBLIC_KEY='MII")]
    public async Task From_the_link_to_entries_that_arrive(string kind, string? access, string title, params string[] texts)
    {
        var name = access is null ? kind : $"{kind}-{access}";
        var tenant = fixture.Tenants[name];
        var (receiver, key) = (fixture.Receivers.Add(), await fixture.Console.AddReadKeyAsync(tenant, null, ApiKeyPolicies.PortalWriteScope));
        using var program = fixture.Console.NewClient(key);
        using var made = await program.PostAsJsonAsync("/portal/generate_link", new { organization = tenant.Id, intent = "log_streams", success_url = "https://app.customer.example/done" });
        var link = (await made.Content.ReadFromJsonAsync<JsonNode>())!["link"]!.GetValue<string>();
        var page = await fixture.NewPageAsync();
        await page.GotoAsync(link);
        await PictureAsync(page, "0-link");
        await Button("Set up the stream").ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a stream" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = title, Exact = false }).First.ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync($"Add a stream: {title}");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Ours");
        await FillAsync(page, kind, access, receiver);
        await page.GetByLabel("Begin with").SelectOptionAsync("all");
        var guide = page.GetByText("What to set up at the other side first");
        await Expect(guide).ToHaveCountAsync(texts.Length > 0 ? 1 : 0);
        if (texts.Length > 0)
        {
            await guide.ClickAsync();
            foreach (var text in texts)
            {
                await Expect(page.Locator(".setups")).ToContainTextAsync(text);
            }
        }
        await PictureAsync(page, "1-form");
        await Button("Check endpoint").ClickAsync();
        await Expect(page.Locator("form .notice")).ToContainTextAsync("The other side answered as it should.");
        await Button("Add stream").ClickAsync();
        if (access == "role")
        {
            // Only now there is an external id to be put into the trust policy.
            await Expect(page.Locator("#made-external_id")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^ac-[0-9a-f]{32}$"));
            await Expect(page.Locator("#setup-1")).ToContainTextAsync(await page.Locator("#made-external_id").InnerTextAsync());
            await PictureAsync(page, "2-left");
            await page.GetByRole(AriaRole.Link, new() { Name = "Open the stream" }).ClickAsync();
        }
        await Expect(page.Locator("h1")).ToHaveTextAsync("Ours");
        await Expect(page.Locator("[aria-labelledby=attempts-title] tbody tr .tag.good").First).ToBeVisibleAsync();
        await Expect(page.Locator(".page-header .tag.good")).ToHaveTextAsync("Active");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Finish" })).ToHaveAttributeAsync("href", "https://app.customer.example/done");
        await Expect(page.GetByText("External ID", new() { Exact = true })).ToHaveCountAsync(access == "role" ? 1 : 0);
        if (texts.Length > 0)
        {
            await page.GetByText("What to set up at the other side").ClickAsync();
            await Expect(page.Locator(".setups")).ToContainTextAsync(texts[^1]);
        }
        await PictureAsync(page, "3-stream");

        // The used link says what it is.
        await page.GotoAsync(link);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "This link opens nothing any more" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Go to the stream" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Ours" })).ToBeVisibleAsync();
        await page.Context.CloseAsync();

        ILocator Button(string text) => page.GetByRole(AriaRole.Button, new() { Name = text, Exact = true });

        async Task PictureAsync(IPage shown, string state)
        {
            if (Folder is null)
            {
                return;
            }
            foreach (var (scheme, width) in new[] { (ColorScheme.Light, 1360), (ColorScheme.Dark, 1360), (ColorScheme.Light, 360), (ColorScheme.Dark, 360) })
            {
                await shown.EmulateMediaAsync(new() { ColorScheme = scheme });
                await shown.SetViewportSizeAsync(width, 900);
                await shown.WaitForTimeoutAsync(250);
                await shown.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"portal-{name}-{state}-{scheme}-{width}.png"), FullPage = true });
            }
            await shown.SetViewportSizeAsync(1360, 900);
        }
    }

    private async Task FillAsync(IPage page, string kind, string? access, Receiver receiver)
    {
        (string Label, string Value)[] values = kind switch
        {
            "http" => [("Address", receiver.Address.ToString())],
            "splunk-hec" => [("HEC address", fixture.Splunk.Address.ToString()), ("Token", SplunkStub.Token)],
            "datadog" => [("API key", DatadogStub.Key)],
            "s3" when access == "keys" => [("Bucket", "acme-audit-log"), ("Region", "eu-central-1"), ("Access key ID", "AKIAEXAMPLE000000000"), ("Secret access key", "wJalrXUtnFEMI")],
            "s3" => [("Bucket", "acme-audit-log"), ("Region", "eu-central-1"), ("Role ARN", Role)],
            "gcs" => [("Bucket", "acme-audit"), ("Service account key", fixture.Google.KeyFile)],
            "bigquery" => [("Dataset", "security"), ("Location", "EU"), ("Bucket", "acme-audit"), ("Service account key", fixture.Google.KeyFile)],
            _ => [("Account", "acme-prod1"), ("User", "audit_console"), ("Private key", fixture.Snowflake.PrivateKey), ("Database", "security")],
        };
        if (access == "role")
        {
            await page.GetByLabel("Access by").SelectOptionAsync("role");
        }
        foreach (var (label, value) in values)
        {
            await page.Locator(".stream-form").GetByLabel(label).First.FillAsync(value);
        }
        await page.GetByLabel("Name", new() { Exact = true }).FocusAsync();
    }
}

/// <summary>A served console whose requests to the providers arrive at stubs of them, and a browser.</summary>
public sealed class PortalGuideFixture : IAsyncLifetime
{
    private readonly Chromium _chromium = new();
    private readonly AwsStub _aws = new();
    private readonly DatadogStub _datadog = new();
    private readonly LaterClock _clock = new();

    public ConsoleFactory Console { get; } = new()
    {
        Settings =
        {
            ["Portal:ReturnOrigins:0"] = "https://app.customer.example",
            ["Streams:AllowedNetworks:0"] = "127.0.0.0/8",
            ["Streams:Aws:AccessKeyId"] = "AKIAEXAMPLE000000001",
            ["Streams:Aws:SecretAccessKey"] = "secret",
            ["Streams:Aws:Principal"] = "arn:aws:iam::999999999999:user/audit-console",
        },
    };

    internal ReceiverHost Receivers { get; private set; } = null!;

    public SplunkStub Splunk { get; } = new();

    public GoogleStub Google { get; } = new();

    public SnowflakeStub Snowflake { get; } = new();

    /// <summary>A tenant for each case, with entries that wait for no others to make an object.</summary>
    public Dictionary<string, Tenant> Tenants { get; } = [];

    public async Task InitializeAsync()
    {
        Receivers = await ReceiverHost.StartAsync();
        await Task.WhenAll(new StubServer[] { _aws, _datadog, Splunk, Google, Snowflake }.Select(stub => stub.InitializeAsync()));
        Console.ConfigureServices = services => services.AddSingleton<TimeProvider>(_clock).AddSingleton(provider =>
        {
            var (options, environment) = (provider.GetRequiredService<IOptions<StreamOptions>>(), provider.GetRequiredService<IHostEnvironment>());
            var guarded = new GuardedHttp(options, environment);
            return new GuardedHttp(options, environment) { Client = new HttpClient(new ToStubs(this) { InnerHandler = guarded.Handler }) };
        });
        Console.StartServer();
        var store = Console.Services.GetRequiredService<IEntryStore>();
        foreach (var name in new[] { "http", "splunk-hec", "datadog", "s3-keys", "s3-role", "gcs", "bigquery", "snowflake" })
        {
            var tenant = Tenants[name] = await Console.AddTenantAsync($"{name}-{Guid.NewGuid():N}"[..24]);
            await store.AppendAsync(TestEntries.Request(tenant.Number, [TestEntries.Entry(), TestEntries.Entry()]) with { TenantId = tenant.Id }, default);
        }
        _clock.Now();
        await _chromium.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        await Console.DisposeAsync();
        await Receivers.DisposeAsync();
        await Task.WhenAll(new StubServer[] { _aws, _datadog, Splunk, Google, Snowflake }.Select(stub => stub.DisposeAsync()));
    }

    public async Task<IPage> NewPageAsync() =>
        await (await _chromium.Browser.NewContextAsync(new() { BaseURL = Console.Address.ToString(), ViewportSize = new() { Width = 1360, Height = 900 } })).NewPageAsync();

    private sealed class ToStubs(PortalGuideFixture fixture) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var host = request.RequestUri!.Host;
            StubServer? stub = host.EndsWith("googleapis.com", StringComparison.Ordinal) ? fixture.Google
                : host.EndsWith("snowflakecomputing.com", StringComparison.Ordinal) ? fixture.Snowflake
                : host.EndsWith("datadoghq.com", StringComparison.Ordinal) ? fixture._datadog
                : host.EndsWith("amazonaws.com", StringComparison.Ordinal) ? fixture._aws : null;
            if (stub is not null)
            {
                request.Headers.Host ??= request.RequestUri.Authority;
                request.RequestUri = new UriBuilder(request.RequestUri) { Scheme = stub.Address.Scheme, Host = stub.Address.Host, Port = stub.Address.Port }.Uri;
            }
            return base.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>Ten minutes ago, and then now.</summary>
    private sealed class LaterClock : TimeProvider
    {
        private long _behind = TimeSpan.FromMinutes(10).Ticks;

        public void Now() => Interlocked.Exchange(ref _behind, 0);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(-Interlocked.Read(ref _behind));
    }

    /// <summary>A bucket that takes everything, and a role that may be assumed with an external id.</summary>
    private sealed class AwsStub : StubServer
    {
        protected override Task<StubAnswer> AnswerAsync(HttpContext context, byte[] body)
        {
            if (context.Request.Host.Host.StartsWith("sts.", StringComparison.Ordinal))
            {
                return Task.FromResult(Encoding.UTF8.GetString(body).Contains("&ExternalId=ac-", StringComparison.Ordinal)
                    ? new StubAnswer(200, """
                        <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>
                        <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
                        """, ("Content-Type", "text/xml"))
                    : S3Stub.Error(403, "AccessDenied"));
            }
            return Task.FromResult(new StubAnswer(200, "", ("ETag", $"\"{Convert.ToHexStringLower(MD5.HashData(body))}\"")));
        }
    }
}
