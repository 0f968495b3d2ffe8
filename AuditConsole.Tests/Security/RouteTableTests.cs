using System.Text;
using System.Text.Json;
using AuditConsole.ApiKeys;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using AuditConsole.Tests.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using PreparedEntry = AuditConsole.Core.PreparedEntry;

namespace AuditConsole.Tests.Security;

/// <summary>Every route of the application against everybody who might try it.</summary>
public sealed class RouteTableTests : IAsyncLifetime
{
    private const string Secret = "usr_route_table_secret";

    private readonly ConsoleFactory _console = new();
    private readonly Dictionary<Visitor, TestUser> _people = [];
    private CreatedKey? _key;
    private CreatedKey? _revoked;

    public async Task InitializeAsync()
    {
        _console.StartServer();
        var tenant = await _console.AddTenantAsync(RouteTable.TenantSlug);
        _people[Visitor.Viewer] = await _console.AddUserAsync(tenant, Role.Viewer);
        _people[Visitor.Auditor] = await _console.AddUserAsync(tenant, Role.Auditor);
        _people[Visitor.Admin] = await _console.AddUserAsync(tenant, Role.Admin);
        _people[Visitor.Stranger] = await _console.AddUserAsync(await _console.AddTenantAsync("another"), Role.Admin);
        (_key, _revoked) = (await _console.AddKeyAsync(tenant), await _console.AddKeyAsync(tenant, "revoked"));
        await _console.Services.GetRequiredService<ApiKeyService>().RevokeAsync(
            _people[Visitor.Admin].Id, tenant.Slug, _revoked.Id, Client.Unknown, CancellationToken.None);
        await AppendSecretAsync(tenant);
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Fact]
    public async Task Every_route_answers_every_visitor_as_the_table_says()
    {
        var wrong = new List<string>();
        foreach (var row in RouteTable.Rows)
        {
            foreach (var visitor in Enum.GetValues<Visitor>())
            {
                var (answer, body) = await TryAsync(row, visitor);
                if (answer != row.Answers[(int)visitor])
                {
                    wrong.Add($"{row.Route}, {visitor}: {answer} instead of {row.Answers[(int)visitor]}");
                }
                // The export is the one route that gives entries away, to those who may have them.
                if (body.Contains(Secret, StringComparison.Ordinal) && !(row.Path == "/audit-log/export" && answer == "200"))
                {
                    wrong.Add($"{row.Route}, {visitor}: the answer holds an entry");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_route_has_a_row_in_the_table_and_every_row_a_route()
    {
        var routes = Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null)
            .SelectMany(endpoint => Methods(endpoint).Select(method => $"{method} /{endpoint.RoutePattern.RawText?.TrimStart('/')}"))
            .ToHashSet(StringComparer.Ordinal);
        var rows = RouteTable.Rows.Select(row => row.Route).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(routes.Except(rows));
        Assert.Empty(rows.Except(routes));
    }

    [Fact]
    public void Static_assets_are_open_and_only_read()
    {
        var assets = Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null).ToList();

        Assert.NotEmpty(assets);
        Assert.All(assets, asset => Assert.Subset(new HashSet<string> { "GET", "HEAD" }, Methods(asset).ToHashSet()));
        Assert.All(assets, asset => Assert.NotNull(asset.Metadata.GetMetadata<IAllowAnonymous>()));
    }

    private IEnumerable<RouteEndpoint> Endpoints() =>
        _console.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    private static IReadOnlyList<string> Methods(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["*"];

    private async Task<(string Answer, string Body)> TryAsync(RouteRow row, Visitor visitor)
    {
        using var client = _console.NewClient();
        using var request = new HttpRequestMessage(new HttpMethod(row.Method), row.Path);
        var cookies = new List<string>();
        var user = _people.GetValueOrDefault(visitor);
        if (user is not null)
        {
            // A new session each time: signing out ends the one that it comes with.
            cookies.Add($"{IdentityFeature.SessionCookie}={await _console.SessionOfAsync(user)}");
        }
        else if (visitor is Visitor.Key or Visitor.RevokedKey)
        {
            request.Headers.Add("X-API-Key", (visitor is Visitor.Key ? _key! : _revoked!).Text);
        }
        if (row.Fields is not null)
        {
            var (cookie, field) = await _console.FormTokenAsync(user);
            cookies.Add(cookie);
            request.Content = new FormUrlEncodedContent([.. row.Fields.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2)), field]);
        }
        else if (row.Json is not null)
        {
            request.Content = new StringContent(row.Json, Encoding.UTF8, "application/json");
        }
        if (cookies.Count > 0)
        {
            request.Headers.Add("Cookie", string.Join("; ", cookies));
        }
        using var response = await client.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        var status = (int)response.StatusCode;
        var answer = response.Headers.Location is { } location
            ? $"{status} {new Uri(_console.Address, location).AbsolutePath}"
            : status >= 400 && response.Content.Headers.ContentType?.MediaType == "application/json" && body.Length > 0
                ? $"{status} {JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()}"
                : $"{status}";
        return (answer, body);
    }

    private async Task AppendSecretAsync(Tenant tenant) => await _console.Services.GetRequiredService<IEntryStore>().AppendAsync(
        new AppendRequest
        {
            Tenant = tenant.Number,
            TenantId = tenant.Id,
            RecordedBy = "key:test",
            Entries = [PreparedEntry.From(TestEntries.Entry(actor: Secret))],
        },
        CancellationToken.None);
}
