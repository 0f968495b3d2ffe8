using System.Net;
using AuditConsole.Identity;

namespace AuditConsole.Tests.Security;

public sealed class ProxyTests
{
    [Fact]
    public async Task Behind_a_trusted_tls_proxy_cookies_are_bound_to_the_host_and_plain_ones_are_not_seen()
    {
        await using var console = new ConsoleFactory();
        console.Settings["Security:TrustedProxies:0"] = "127.0.0.0/8";
        console.Settings["Security:SignInsPerMinute"] = "2";
        console.StartServer();
        var user = await console.AddUserAsync(await console.AddTenantAsync("proxy"), Role.Viewer);
        using var client = console.NewClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "audit.example.com");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");

        var (page, answer) = await client.SignInAsync(user.Email, user.Password);

        Assert.All([.. SignInForm.Cookies(page), .. SignInForm.Cookies(answer)], cookie =>
        {
            Assert.StartsWith("__Host-audit-console-", cookie, StringComparison.Ordinal);
            Assert.Contains("path=/; secure;", cookie, StringComparison.Ordinal);
            Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
        });
        var session = SignInForm.Cookies(answer).Single().Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, await GetAsync(client, session));
        Assert.Equal(HttpStatusCode.Found, await GetAsync(client, session["__Host-".Length..]));

        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await client.SignInAsync("x@example.com", "wrong")).Answer.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await client.SignInAsync("x@example.com", "wrong")).Answer.StatusCode);
        client.DefaultRequestHeaders.Remove("X-Forwarded-For");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.8");
        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await client.SignInAsync("x@example.com", "wrong")).Answer.StatusCode);
    }

    private static async Task<HttpStatusCode> GetAsync(HttpClient client, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/audit-log");
        request.Headers.Add("Cookie", cookie);
        return (await client.SendAsync(request)).StatusCode;
    }
}
