using System.Net;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Security;

public sealed class SetupTests
{
    [Fact]
    public async Task Of_two_setups_at_once_one_wins_and_the_other_is_told()
    {
        await using var console = new ConsoleFactory();
        console.StartServer();
        var setup = console.Services.GetRequiredService<SetupService>();
        var expired = await setup.CreateTokenAsync(CancellationToken.None);
        var token = await setup.CreateTokenAsync(CancellationToken.None);
        Assert.Contains("wrong or has expired", await PageAsync(console, expired), StringComparison.Ordinal);
        Assert.Contains("Account slug", await PageAsync(console, token), StringComparison.Ordinal);

        var answers = await Task.WhenAll(PostAsync(console, token, "one"), PostAsync(console, token, "two"));

        var winner = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Found);
        Assert.Contains(SignInForm.Cookies(winner), cookie => cookie.StartsWith(IdentityFeature.SessionCookie, StringComparison.Ordinal));
        var loser = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Contains("Setup was done already", await loser.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(await console.Services.GetRequiredService<TenantService>().ListAsync(CancellationToken.None));
        Assert.Contains("Setup was done already", await PageAsync(console, token), StringComparison.Ordinal);
        Assert.Null(await setup.CreateTokenAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_setup_link_ends_after_an_hour()
    {
        await using var console = new ConsoleFactory();
        console.StartServer();
        var services = console.Services;
        var clock = new FakeClock();
        var setup = new SetupService(
            services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>(), services.GetRequiredService<TenantService>(),
            services.GetRequiredService<MemberService>(), services.GetRequiredService<SecurityLog>(), clock);
        var token = await setup.CreateTokenAsync(CancellationToken.None);
        Assert.Null(await setup.FindRefusalAsync(token, CancellationToken.None));

        clock.Advance(SetupService.Lifetime);

        Assert.NotNull(await setup.FindRefusalAsync(token, CancellationToken.None));
    }

    private static async Task<string> PageAsync(ConsoleFactory console, string? token)
    {
        using var client = console.NewClient();
        return await client.GetStringAsync($"/setup?token={token}");
    }

    private static Task<HttpResponseMessage> PostAsync(ConsoleFactory console, string? token, string slug) => console.PostFormAsync(
        null, $"/setup?token={token}", ("_handler", "setup"), ("Form.Name", slug), ("Form.Slug", slug),
        ("Form.Email", $"{slug}@example.com"), ("Form.Password", ConsolePeople.Password));
}
