using System.Net;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Exports;

/// <summary>Tests that share one served application, whose tenant holds more entries than a file.</summary>
[CollectionDefinition(Name)]
public sealed class ExportTestsCollection : ICollectionFixture<ExportFixture>
{
    public const string Name = "Exports";
}

/// <summary>A served application with a large tenant, a small hostile one, and people in every role.</summary>
public sealed class ExportFixture : IAsyncLifetime
{
    /// <summary>More than the 100,000 that a file holds.</summary>
    public const int BigCount = 100_500;

    /// <summary>The day on which all of the large tenant's entries occurred.</summary>
    public static readonly DateTimeOffset Day = new(2026, 5, 8, 0, 0, 0, TimeSpan.Zero);

    public ConsoleFactory Console { get; } = new();

    /// <summary>How many entries the large tenant gets.</summary>
    public int Count { get; init; } = BigCount;

    /// <summary>The large tenant's newest entry before any test.</summary>
    public long Snapshot { get; private set; }

    public Tenant Big { get; private set; } = default!;

    public Tenant Small { get; private set; } = default!;

    public TestUser Admin { get; private set; } = default!;

    public TestUser Auditor { get; private set; } = default!;

    public TestUser Viewer { get; private set; } = default!;

    public TestUser Stranger { get; private set; } = default!;

    public IEntryStore Store => Console.Services.GetRequiredService<IEntryStore>();

    public async Task InitializeAsync()
    {
        Console.Settings["Retention:Months"] = "1200";
        Console.StartServer();
        Big = await Console.AddTenantAsync("big");
        Small = await Console.AddTenantAsync("small");
        Admin = await Console.AddUserAsync(Big, Role.Admin);
        Auditor = await Console.AddUserAsync(Big, Role.Auditor);
        Viewer = await Console.AddUserAsync(Big, Role.Viewer);
        await Console.AddUserAsync(Small, Role.Admin, Admin.Email);
        Stranger = await Console.AddUserAsync(await Console.AddTenantAsync("elsewhere"), Role.Admin);
        for (var start = 0; start < Count; start += 1500)
        {
            await AppendAsync(Big, Enumerable.Range(start, 1500).Select(BigEntry));
        }
        Snapshot = (await Store.ReadHeadAsync(Big.Number, default)).Size;
        await AppendAsync(Small, HostileText.All.Select((text, index) => HostileEntry(text, index)));
    }

    public async Task DisposeAsync() => await Console.DisposeAsync();

    public Task AppendAsync(Tenant tenant, IEnumerable<NewEntry> entries) => Store.AppendAsync(
        new AppendRequest
        {
            Tenant = tenant.Number,
            TenantId = tenant.Id,
            RecordedBy = "key:key_1",
            Entries = [.. entries.Select(PreparedEntry.From)],
        },
        default);

    /// <summary>The form that the page would post.</summary>
    public Dictionary<string, string> Form(Tenant tenant, string format = "csv", long snapshot = long.MaxValue) => new()
    {
        ["tenant"] = tenant.Slug,
        ["from"] = "2026-05-08",
        ["to"] = "2026-05-08",
        ["snapshot"] = snapshot.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["format"] = format,
    };

    /// <summary>Posts the form with the antiforgery token that the person's page would carry.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        TestUser user, Dictionary<string, string> form, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead, string? accept = null,
        CancellationToken cancellationToken = default)
    {
        using var client = Console.NewClient();
        var (token, cookie) = await TokenAsync(user);
        var request = new HttpRequestMessage(HttpMethod.Post, ExportEndpoint.Path)
        {
            Content = new FormUrlEncodedContent(form.Append(KeyValuePair.Create("__RequestVerificationToken", token))),
        };
        request.Headers.Add("Cookie", $"{IdentityFeature.SessionCookie}={await Console.SessionOfAsync(user)}; {cookie}");
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }
        return await client.SendAsync(request, completion, cancellationToken);
    }

    // A page that holds a form: its token and the cookie that belongs to it.
    private async Task<(string Token, string Cookie)> TokenAsync(TestUser user)
    {
        await using var scope = Console.Services.CreateAsyncScope();
        var antiforgery = scope.ServiceProvider.GetRequiredService<IAntiforgery>();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.User = Sessions.Open(new User { Id = user.Id, Email = user.Email, SecurityStamp = "any" });
        var tokens = antiforgery.GetTokens(context);
        var name = scope.ServiceProvider.GetRequiredService<Microsoft.Extensions.Options.IOptions<AntiforgeryOptions>>().Value.Cookie.Name;
        return (tokens.RequestToken!, $"{name}={tokens.CookieToken}");
    }

    private static NewEntry BigEntry(int index) => new()
    {
        // Late entries, and hundreds in one millisecond: the order of pages isn't the order of arrival.
        OccurredAt = Day.AddMilliseconds(index % 7 == 0 ? 20_000_000 - index : 20_000_000 + index / 300),
        Actor = index % 3 == 0 ? new Actor(Actor.ApiKeyType, $"key_{index % 5}", $"ci-{index % 5}") : new Actor("user", $"usr_{index % 11}"),
        Action = index % 4 == 0 ? "RulePublished" : "SpecJobEnqueued",
        Target = index % 4 == 0 ? new Resource("Rule", $"rul_{index % 90}", $"rule-{index % 90}", $"1.{index % 20}.0") : new Resource("SpecJob", $"job_{index}"),
        EngineVersion = index % 2 == 0 ? null : "3.2.0",
        Ip = index % 6 == 0 ? null : new IPAddress([203, 0, 113, (byte)(index % 250)]),
        Metadata = CanonicalObject.From(new { index, note = "a, \"b\"" }),
    };

    private static NewEntry HostileEntry(string text, int index) => new()
    {
        OccurredAt = Day.AddSeconds(index),
        Actor = new Actor("user", text),
        Action = text.Length <= 128 ? text : "LongText",
        Target = new Resource("Rule", "rul_1", text.Length <= 256 ? text : "long-text", text.Length <= 256 ? text : null),
        EngineVersion = text.Length <= 256 ? text : null,
        Metadata = CanonicalObject.From(new { text }),
    };
}

/// <summary>Texts that break files, spreadsheets or eyes.</summary>
internal static class HostileText
{
    public static IReadOnlyList<string> All { get; } =
    [
        "=HYPERLINK(\"http://evil.example\",\"click\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", "\n=1+1", "'=1+1", "'", "\"", "\"=1+1\"",
        "a\"b\"\"c", "a,b", "a;=1+1", "a\r\nb", "a\rb", "a\nb", " lead", "trail ", "\u202Egnp.exe\u202C", "\u200B", "\uFEFF", "\u2028", "😀", "00123", "1E5",
        "2026-05-08", "TRUE", "1,5", "#REF!", "=", "＝1+1",
    ];
}
