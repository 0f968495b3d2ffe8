using AuditConsole.Tests.Browser;

namespace AuditConsole.Tests.Shell;

[Collection(BrowserTests.Name)]
public sealed class SecurityHeadersTests(BrowserFixture fixture)
{
    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/audit-log")]
    [InlineData("/nothing-here")]
    [InlineData("/app.css")]
    [InlineData("/healthz")]
    [InlineData("/api/audit-log")]
    [InlineData("/_blazor/negotiate")]
    public async Task Every_answer_carries_them(string path)
    {
        using var client = fixture.Console.NewClient();

        using var response = await client.GetAsync(path);

        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy);
        Assert.DoesNotContain("unsafe-eval", policy);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.NotEmpty(response.Headers.GetValues("Permissions-Policy"));
        Assert.False(response.Headers.Contains("Strict-Transport-Security"), "Over http it would lock people out.");
    }

    [Fact]
    public async Task Pages_are_kept_nowhere_and_assets_are()
    {
        using var client = fixture.Console.NewClient();

        using var page = await client.GetAsync("/sign-in");
        using var asset = await client.GetAsync("/app.css");

        Assert.True(page.Headers.CacheControl!.NoStore);
        Assert.False(asset.Headers.CacheControl?.NoStore == true);
    }
}
