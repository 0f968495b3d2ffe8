using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AuditConsole.ApiKeys;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Ingest;

/// <summary>A started console for tests of ingest, each with a tenant of its own.</summary>
public sealed class ProducerFixture : IAsyncLifetime
{
    public ConsoleFactory Console { get; } = new() { Settings = { ["RateLimits:WritesPerMinute"] = "10000000" } };

    public Task InitializeAsync()
    {
        Console.StartServer();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await Console.DisposeAsync();

    /// <summary>A tenant, a key of it and a client that sends it.</summary>
    internal Task<Producer> NewAsync() => Producer.CreateAsync(Console);
}

/// <summary>A tenant's producer: sends to the real route, and reads what was stored.</summary>
internal sealed class Producer : IDisposable
{
    private readonly IServiceProvider _services;

    private Producer(IServiceProvider services, Tenant tenant, string key, Uri address)
    {
        (_services, Tenant, Key) = (services, tenant, key);
        Client = new HttpClient { BaseAddress = address };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Tenant Tenant { get; }

    public string Key { get; }

    public HttpClient Client { get; }

    public IEntryStore Store => _services.GetRequiredService<IEntryStore>();

    public static async Task<Producer> CreateAsync(ConsoleFactory console)
    {
        var slug = $"t-{Guid.NewGuid():N}";
        var tenant = await console.Services.GetRequiredService<TenantService>().AddAsync(slug, slug, null, CancellationToken.None);
        var key = await console.Services.GetRequiredService<ApiKeyService>().CreateFromConsoleAsync(
            tenant, "producer", [ApiKeyPolicies.EventsWriteScope], KeyExpiry.None, CancellationToken.None);
        return new Producer(console.Services, tenant, key.Text, console.Address);
    }

    public void Dispose() => Client.Dispose();

    /// <summary>Entries of the chain; the first is the key's own.</summary>
    public async Task<long> CountAsync() => (await Store.ReadHeadAsync(Tenant.Number, CancellationToken.None)).Size;

    public Task<AppendAnswer> SendAsync(string body, string? idempotencyKey = null, string contentType = "application/json") =>
        SendAsync(Encoding.UTF8.GetBytes(body), idempotencyKey, contentType);

    public async Task<AppendAnswer> SendAsync(byte[] body, string? idempotencyKey = null, string? contentType = "application/json")
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/api/audit-log") { Content = new ByteArrayContent(body) };
        if (contentType is not null)
        {
            message.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        if (idempotencyKey is not null)
        {
            message.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        }
        using var answer = await Client.SendAsync(message);
        return new AppendAnswer(
            (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Contains("Idempotency-Replayed"),
            answer.Content.Headers.ContentType?.MediaType);
    }
}

/// <summary>What the append route answered.</summary>
internal sealed record AppendAnswer(int Status, string Body, bool Replayed, string? MediaType)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Code => Json.GetProperty("code").GetString()!;

    public string[] Fields => [.. Json.GetProperty("details").EnumerateArray().Select(detail => detail.GetProperty("field").GetString()!)];

    public (Guid Id, long Sequence, string Hash)[] Places => [.. Json.GetProperty("data").EnumerateArray().Select(place =>
        (place.GetProperty("id").GetGuid(), place.GetProperty("sequence").GetInt64(), place.GetProperty("hash").GetString()!))];

    /// <summary>Holds an error to the one shape that every API has.</summary>
    public void AssertError(int status, string code)
    {
        Assert.True(status == Status, $"{Status}: {Body}");
        Assert.Equal(code, Code);
        AssertErrorShape();
    }

    public void AssertErrorShape()
    {
        Assert.Equal("application/json", MediaType);
        Assert.Equal(["code", "message", "details", "notices"], Json.EnumerateObject().Select(member => member.Name));
        Assert.NotEmpty(Json.GetProperty("message").GetString()!);
        Assert.All(Json.GetProperty("details").EnumerateArray(), detail =>
            Assert.Equal(["field", "message"], detail.EnumerateObject().Select(member => member.Name)));
    }
}

/// <summary>Bodies to send.</summary>
internal static class Bodies
{
    public static string Entry(string id = "usr_1", string extra = "") =>
        $$"""{"action":"RuleEdited","actor":{"type":"user","id":"{{id}}"},"target":{"type":"Rule","id":"rul_1","slug":"no-eval"}{{extra}}}""";

    public static string Batch(int count) => $"[{string.Join(',', Enumerable.Range(0, count).Select(i => Entry($"usr_{i}")))}]";
}
