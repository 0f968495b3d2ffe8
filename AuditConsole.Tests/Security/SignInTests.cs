using System.Net;
using AuditConsole.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Security;

[Collection(ConsoleTests.Name)]
public sealed class SignInTests(ConsoleFixture fixture)
{
    private readonly ConsoleFactory _console = fixture.Console;

    [Fact]
    public async Task Signing_in_over_loopback_http_sets_plain_cookies_that_scripts_cannot_read()
    {
        var user = await _console.AddUserAsync(await _console.AddTenantAsync("sign-in-http"), Role.Viewer);
        using var client = _console.NewClient();

        var (page, answer) = await client.SignInAsync(user.Email, user.Password);

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        var form = Assert.Single(SignInForm.Cookies(page));
        Assert.StartsWith("audit-console-form=", form, StringComparison.Ordinal);
        Assert.Contains("samesite=strict; httponly", form, StringComparison.Ordinal);
        var session = Assert.Single(SignInForm.Cookies(answer));
        Assert.StartsWith($"{IdentityFeature.SessionCookie}=", session, StringComparison.Ordinal);
        Assert.Contains("path=/; samesite=lax; httponly", session, StringComparison.Ordinal);
        Assert.DoesNotContain("secure", session, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/audit-log?tenant=a&slug=b", "/audit-log?tenant=a&slug=b")]
    [InlineData("//evil.example", "/audit-log")]
    [InlineData("/\\evil.example", "/audit-log")]
    [InlineData("https://evil.example/", "/audit-log")]
    [InlineData("javascript:alert(1)", "/audit-log")]
    [InlineData("/\t/evil.example", "/audit-log")]
    public async Task After_signing_in_only_places_of_this_console_are_returned_to(string asked, string expected)
    {
        var user = await _console.AddUserAsync(await _console.AddTenantAsync($"return-{Guid.NewGuid():N}"), Role.Viewer);
        using var client = _console.NewClient();

        var (_, answer) = await client.SignInAsync(user.Email, user.Password, "/sign-in?returnUrl=" + Uri.EscapeDataString(asked));

        Assert.Equal(new Uri(_console.Address, expected), new Uri(_console.Address, answer.Headers.Location!));
    }

    [Fact]
    public async Task Five_failures_lock_a_known_and_an_unknown_address_alike()
    {
        var user = await _console.AddUserAsync(await _console.AddTenantAsync("lockout"), Role.Viewer);
        using var client = _console.NewClient();
        foreach (var email in new[] { user.Email, "nobody@lockout.example" })
        {
            for (var i = 0; i < SignInService.MaxFailures - 1; i++)
            {
                Assert.Contains("The e-mail or the password is wrong.", await TryAsync(client, email, "wrong wrong wrong"), StringComparison.Ordinal);
            }
            Assert.Contains("Too many failed attempts", await TryAsync(client, email, "wrong wrong wrong"), StringComparison.Ordinal);
            Assert.Contains("Too many failed attempts", await TryAsync(client, email, user.Password), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_removed_members_cookie_is_refused_by_the_next_request()
    {
        var tenant = await _console.AddTenantAsync("stale-cookie");
        var (admin, reader) = (await _console.AddUserAsync(tenant, Role.Admin), await _console.AddUserAsync(tenant, Role.Viewer));
        using var client = await _console.NewClientAsync(reader);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/audit-log")).StatusCode);

        await _console.Services.GetRequiredService<MemberService>()
            .RemoveAsync(admin.Id, tenant.Slug, reader.Id, Client.Unknown, CancellationToken.None);

        var answer = await client.GetAsync("/audit-log?slug=x");
        Assert.Equal("/sign-in?ended=1&returnUrl=%2Faudit-log%3Fslug%3Dx", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task A_copied_cookie_is_of_no_use_after_signing_out()
    {
        var user = await _console.AddUserAsync(await _console.AddTenantAsync("sign-out"), Role.Viewer);
        using var client = _console.NewClient();
        var session = SignInForm.Cookies((await client.SignInAsync(user.Email, user.Password)).Answer).Single().Split(';')[0];
        client.DefaultRequestHeaders.Add("Cookie", session);
        var (cookie, field) = await _console.FormTokenAsync(user);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-out") { Content = new FormUrlEncodedContent([field]) };
        client.DefaultRequestHeaders.Remove("Cookie");
        request.Headers.Add("Cookie", $"{session}; {cookie}");

        Assert.Equal("/sign-in", (await client.SendAsync(request)).Headers.Location?.OriginalString);

        client.DefaultRequestHeaders.Add("Cookie", session);
        Assert.Equal(HttpStatusCode.Found, (await client.GetAsync("/audit-log")).StatusCode);
    }

    [Fact]
    public async Task Untrusted_forwarded_headers_change_nothing()
    {
        using var client = _console.NewClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "audit.example.com");

        var answer = await client.GetAsync("/sign-in");

        Assert.StartsWith("audit-console-form=", Assert.Single(SignInForm.Cookies(answer)), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Over_plain_http_from_elsewhere_the_page_takes_no_password_and_says_how_to_add_tls()
    {
        using var client = _console.NewClient();
        client.DefaultRequestHeaders.Host = "audit.example.com";

        var html = await (await client.GetAsync("/sign-in")).Content.ReadAsStringAsync();

        Assert.DoesNotContain("type=\"password\"", html, StringComparison.Ordinal);
        Assert.Contains("Security:TrustedProxies", html, StringComparison.Ordinal);
    }

    private static async Task<string> TryAsync(HttpClient client, string email, string password) =>
        await (await client.SignInAsync(email, password)).Answer.Content.ReadAsStringAsync();
}
