using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using AuditConsole.ApiKeys;
using AuditConsole.Identity;
using AuditConsole.Portal;
using AuditConsole.Tenants;
using AuditConsole.Tests.Security;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Portal;

/// <summary>A console with a clock that can be set, a tenant that lets keys read, and a key that makes portal links.</summary>
public sealed partial class PortalHost : IAsyncLifetime
{
    public const string Organization = "org_portal";
    public const string ReturnUrl = "https://app.customer.example/settings/audit?x=1";

    public FakeClock Clock { get; } = new(DateTimeOffset.UtcNow);

    public ConsoleFactory Console { get; } = new() { Settings = { ["Portal:ReturnOrigins:0"] = "https://app.customer.example", ["Portal:ReturnOrigins:1"] = "http://localhost:3000" } };

    public Tenant Tenant { get; private set; } = null!;

    public CreatedKey Key { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Console.ConfigureServices = services => services.AddSingleton<TimeProvider>(Clock);
        Console.StartServer();
        Tenant = await Console.Services.GetRequiredService<TenantService>().AddAsync("portal", "Customer & Sons", Organization, default);
        Key = await Console.AddReadKeyAsync(Tenant, null, ApiKeyPolicies.PortalWriteScope);
    }

    public async Task DisposeAsync() => await Console.DisposeAsync();

    public async Task<(int Status, JsonElement Json)> AskAsync(object body, CreatedKey? key = null)
    {
        using var client = Console.NewClient(key ?? Key);
        using var answer = await client.PostAsync("/portal/generate_link", new StringContent(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json"));
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    /// <summary>A new link: path and query.</summary>
    public async Task<string> NewLinkAsync()
    {
        var (status, json) = await AskAsync(new { organization = Organization, intent = "audit_logs", return_url = ReturnUrl });
        Assert.True(status == 201, json.GetRawText());
        return new Uri(json.GetProperty("link").GetString()!).PathAndQuery;
    }

    /// <summary>Opens the link's page and presses its button, as a browser without script does.</summary>
    /// <returns>The session's cookie, or null where the page says that the link opens nothing.</returns>
    public async Task<string?> OpenAsync(string link)
    {
        using var client = Console.NewClient();
        using var page = await client.GetAsync(link);
        var html = await page.Content.ReadAsStringAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, PortalFeature.OpenPath)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["_handler"] = "portal",
                ["__RequestVerificationToken"] = WebUtility.HtmlDecode(Verification().Match(html).Groups[1].Value),
                ["Form.Token"] = WebUtility.HtmlDecode(Token().Match(html).Groups[1].Value),
            }),
        };
        request.Headers.Add("Cookie", string.Join("; ", SignInForm.Cookies(page).Select(cookie => cookie.Split(';')[0])));
        using var answer = await client.SendAsync(request);
        return SignInForm.Cookies(answer).Select(cookie => cookie.Split(';')[0]).FirstOrDefault(cookie => cookie.StartsWith(IdentityFeature.SessionCookie, StringComparison.Ordinal));
    }

    public async Task<int> GetAsync(string path, string? cookie)
    {
        using var client = Console.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }
        using var answer = await client.SendAsync(request);
        return (int)answer.StatusCode;
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Verification();

    [GeneratedRegex("name=\"Form.Token\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
