using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AuditConsole.ApiKeys;
using AuditConsole.CommandLine;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.WorkOS;

/// <summary>A started console, and the official SDK beside it.</summary>
public sealed class WorkOSFixture : IAsyncLifetime
{
    public ConsoleFactory Console { get; } = new()
    {
        Settings = { ["RateLimits:ReadsPerMinute"] = "10000000", ["RateLimits:WritesPerMinute"] = "10000000" },
    };

    internal WorkOSSdk Sdk { get; private set; } = null!;

    public Task InitializeAsync()
    {
        Console.StartServer();
        Sdk = WorkOSSdk.Start();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        Sdk.Dispose();
        await Console.DisposeAsync();
    }

    /// <summary>A tenant that other systems know by an external id, and a key of it with these scopes.</summary>
    internal async Task<Organization> NewAsync(params string[] scopes)
    {
        var slug = $"w-{Guid.NewGuid():N}"[..20];
        var tenant = await Console.Services.GetRequiredService<TenantService>().AddAsync(slug, "Foo Corp", $"org_{slug[2..]}", CancellationToken.None);
        var key = await Console.Services.GetRequiredService<ApiKeyService>().CreateFromConsoleAsync(
            tenant, "sdk", scopes.Length > 0 ? scopes : [ApiKeyPolicies.EventsWriteScope], KeyExpiry.None, CancellationToken.None);
        return new Organization(this, tenant, key.Text);
    }

    /// <summary>Runs a command as the server runs those that are sent to it.</summary>
    internal async Task<(int Exit, string Out, string Error)> RunAsync(Stream input, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await CommandTable.RunAsync(
            new CommandTable().Parse(arguments), new CommandContext { Services = Console.Services, Input = input, Out = output, Error = error });
        return (exit, output.ToString(), error.ToString());
    }

    /// <summary>A key that serves all tenants.</summary>
    internal Task<CreatedKey> NewKeyOfAllAsync(params string[] scopes) =>
        Console.Services.GetRequiredService<ApiKeyService>().CreateForAllTenantsAsync(
            "all", scopes.Length > 0 ? scopes : [ApiKeyPolicies.EventsWriteScope], KeyExpiry.None, CancellationToken.None);
}

/// <summary>Tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class WorkOSTests : ICollectionFixture<WorkOSFixture>
{
    public const string Name = "WorkOS";
}

/// <summary>A tenant as its programs see it.</summary>
internal sealed record Organization(WorkOSFixture Fixture, Tenant Tenant, string Key)
{
    public string Id => Tenant.ExternalId!;

    /// <summary>Calls the SDK with this tenant's key.</summary>
    public Task<SdkAnswer> CallAsync(string method, object?[] arguments, int maxRetries = 0) =>
        Fixture.Sdk.CallAsync(Fixture.Console.Address, Key, method, arguments, maxRetries);

    /// <summary>The tenant's entries, newest first, the service's own left out.</summary>
    public async Task<IReadOnlyList<AuditEntry>> EntriesAsync() =>
        [.. (await Fixture.Console.EntriesAsync(Tenant)).Where(entry => entry.Content.Actor != Actor.Service)];

    /// <summary>Appends entries as another producer would.</summary>
    public Task AppendAsync(IReadOnlyList<NewEntry> entries) => Fixture.Console.Services.GetRequiredService<IEntryStore>().AppendAsync(
        new AppendRequest { Tenant = Tenant.Number, TenantId = Tenant.Id, RecordedBy = "key:key_test", Entries = [.. entries.Select(PreparedEntry.From)] },
        CancellationToken.None);

    /// <summary>Sends a body to a route, without the SDK.</summary>
    public async Task<HttpAnswer> SendAsync(HttpMethod method, string path, string? body = null, string? key = null, string? idempotencyKey = null, string contentType = "application/json",
        string? accept = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? Key);
        if (idempotencyKey is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        }
        if (accept is not null)
        {
            request.Headers.Add("Accept", accept);
        }
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.Remove("Content-Type");
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        using var client = Fixture.Console.NewClient();
        using var answer = await client.SendAsync(request);
        return await HttpAnswer.OfAsync(answer);
    }
}

/// <summary>What a route answered.</summary>
internal sealed record HttpAnswer(int Status, string Body, string? MediaType, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Code => Json.GetProperty("code").GetString()!;

    public string[] Paths => [.. Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("instancePath").GetString()!)];

    public string[] Fields => [.. Json.GetProperty("errors").EnumerateArray().Select(error => $"{error.GetProperty("field").GetString()} {error.GetProperty("code").GetString()}")];

    public static async Task<HttpAnswer> OfAsync(HttpResponseMessage answer) => new(
        (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Content.Headers.ContentType?.MediaType,
        answer.Headers.Concat(answer.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));

    /// <summary>Holds an error to WorkOS's shape, with the code that is always there.</summary>
    public void AssertError(int status, string code)
    {
        Assert.True(status == Status, $"{Status}: {Body}");
        Assert.Equal("application/json", MediaType);
        Assert.Equal(code, Code);
        Assert.NotEmpty(Json.GetProperty("message").GetString()!);
        Assert.Subset(new HashSet<string> { "message", "code", "errors" }, Json.EnumerateObject().Select(member => member.Name).ToHashSet());
    }
}
