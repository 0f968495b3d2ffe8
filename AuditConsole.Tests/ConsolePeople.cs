using System.Net.Http.Headers;
using System.Security.Claims;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AuditConsole.Tests;

/// <summary>A person whom a test made.</summary>
public sealed record TestUser(string Id, string Email, string Password);

/// <summary>Makes accounts, people and keys in a started <see cref="ConsoleFactory"/>, and clients that act as them.</summary>
public static class ConsolePeople
{
    /// <summary>Everybody's password, unless a test says otherwise.</summary>
    public const string Password = "correct horse battery staple";

    public static Task<Tenant> AddTenantAsync(this ConsoleFactory console, string slug, string? name = null) =>
        console.Services.GetRequiredService<TenantService>().AddAsync(slug, name ?? slug, null, CancellationToken.None);

    /// <summary>Adds somebody new, or a person who is known to another tenant.</summary>
    public static async Task<TestUser> AddUserAsync(this ConsoleFactory console, Tenant tenant, Role role, string? email = null)
    {
        email ??= $"{role.ToString().ToLowerInvariant()}-{Guid.NewGuid():N}@example.com";
        var added = await console.Services.GetRequiredService<MemberService>()
            .AddFromConsoleAsync(tenant, email, role, Password, CancellationToken.None);
        return new TestUser(added.UserId, email, Password);
    }

    public static Task<CreatedKey> AddKeyAsync(
        this ConsoleFactory console, Tenant tenant, string name = "ci", KeyExpiry expiry = KeyExpiry.None) =>
        console.Services.GetRequiredService<ApiKeyService>().CreateFromConsoleAsync(
            tenant, name, [ApiKeyPolicies.EventsWriteScope], expiry, CancellationToken.None);

    /// <summary>A key that reads, made on the command line unless a person is named; turns programmatic reading on.</summary>
    public static async Task<CreatedKey> AddReadKeyAsync(this ConsoleFactory console, Tenant tenant, TestUser? maker = null, params string[] scopes)
    {
        await console.SetProgrammaticReadingAsync(tenant, on: true);
        IReadOnlyList<string> wanted = scopes.Length > 0 ? scopes : [ApiKeyPolicies.EventsReadScope, ApiKeyPolicies.ExportsReadScope];
        var keys = console.Services.GetRequiredService<ApiKeyService>();
        return maker is null
            ? await keys.CreateFromConsoleAsync(tenant, "reader", wanted, KeyExpiry.None, CancellationToken.None)
            : await keys.CreateAsync(maker.Id, tenant.Slug, "reader", wanted, KeyExpiry.None, Client.Unknown, CancellationToken.None);
    }

    public static Task SetProgrammaticReadingAsync(this ConsoleFactory console, Tenant tenant, bool on) =>
        console.Services.GetRequiredService<TenantSettingsService>().SetProgrammaticReadingAsync(tenant.Number, on, Acting.Console, CancellationToken.None);

    /// <summary>The session cookie that signing in would give, without the form and the hashing.</summary>
    public static async Task<string> SessionOfAsync(this ConsoleFactory console, TestUser user)
    {
        await using var context = await console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        return console.CookieOf(Sessions.Open(await context.Users.AsNoTracking().SingleAsync(row => row.Id == user.Id)));
    }

    /// <summary>The cookie of a session.</summary>
    public static string CookieOf(this ConsoleFactory console, ClaimsPrincipal session)
    {
        var options = console.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(IdentityConstants.ApplicationScheme);
        var now = console.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        return options.TicketDataFormat.Protect(new AuthenticationTicket(
            session,
            new AuthenticationProperties { IssuedUtc = now, ExpiresUtc = now + Sessions.Lifetime },
            IdentityConstants.ApplicationScheme));
    }

    /// <summary>A client that nobody signed in; it follows no redirect and keeps no cookie.</summary>
    public static HttpClient NewClient(this ConsoleFactory console) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = console.Address };

    /// <summary>A client with a person's session; it follows no redirect.</summary>
    public static async Task<HttpClient> NewClientAsync(this ConsoleFactory console, TestUser user)
    {
        var client = console.NewClient();
        client.DefaultRequestHeaders.Add("Cookie", $"{IdentityFeature.SessionCookie}={await console.SessionOfAsync(user)}");
        return client;
    }

    /// <summary>A client with a key; it follows no redirect.</summary>
    public static HttpClient NewClient(this ConsoleFactory console, CreatedKey key)
    {
        var client = console.NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Text);
        return client;
    }

    /// <summary>What a form of that person's page carries: its cookie and its hidden field.</summary>
    public static async Task<(string Cookie, KeyValuePair<string, string> Field)> FormTokenAsync(this ConsoleFactory console, TestUser? user)
    {
        if (user is null)
        {
            return console.FormTokenOf(new ClaimsPrincipal());
        }
        await using var database = await console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        return console.FormTokenOf(Sessions.Open(await database.Users.AsNoTracking().SingleAsync(row => row.Id == user.Id)));
    }

    /// <summary>What a form of that session's page carries: its cookie and its hidden field.</summary>
    public static (string Cookie, KeyValuePair<string, string> Field) FormTokenOf(this ConsoleFactory console, ClaimsPrincipal session)
    {
        var context = new DefaultHttpContext { RequestServices = console.Services, User = session };
        var tokens = console.Services.GetRequiredService<IAntiforgery>().GetTokens(context);
        var name = console.Services.GetRequiredService<IOptions<AntiforgeryOptions>>().Value.Cookie.Name;
        return ($"{name}={tokens.CookieToken}", KeyValuePair.Create(tokens.FormFieldName, tokens.RequestToken!));
    }

    /// <summary>Posts a form as that person's page would, session and antiforgery included; null for nobody.</summary>
    public static async Task<HttpResponseMessage> PostFormAsync(
        this ConsoleFactory console, TestUser? user, string path, params (string Name, string Value)[] fields)
    {
        var (cookie, field) = await console.FormTokenAsync(user);
        using var client = user is null ? console.NewClient() : await console.NewClientAsync(user);
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent([.. fields.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)), field]),
        };
        var session = client.DefaultRequestHeaders.TryGetValues("Cookie", out var cookies) ? string.Join("; ", cookies) + "; " : "";
        client.DefaultRequestHeaders.Remove("Cookie");
        request.Headers.Add("Cookie", session + cookie);
        return await client.SendAsync(request);
    }

    /// <summary>The tenant's entries, newest first; the first 100.</summary>
    public static async Task<IReadOnlyList<AuditEntry>> EntriesAsync(this ConsoleFactory console, Tenant tenant)
    {
        var filter = new EntryFilter { Scope = new ReadScope(tenant.Number, tenant.Id, DateTimeOffset.UnixEpoch) };
        var page = await console.Services.GetRequiredService<IEntryStore>().ReadPageAsync(filter, new PageRequest(100), CancellationToken.None);
        return page.Entries;
    }
}
