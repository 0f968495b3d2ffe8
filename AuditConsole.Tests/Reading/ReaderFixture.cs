using System.Net.Http.Headers;
using System.Text.Json;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Reading;

/// <summary>A started console for tests of reading by key, each with a tenant of its own.</summary>
public sealed class ReaderFixture : IAsyncLifetime
{
    public ConsoleFactory Console { get; } = new() { Settings = { ["RateLimits:ReadsPerMinute"] = "10000000", ["RateLimits:WritesPerMinute"] = "10000000", ["RateLimits:WrongKeysPerMinute"] = "10000000" } };

    public Task InitializeAsync()
    {
        Console.StartServer();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await Console.DisposeAsync();

    /// <summary>A tenant with programmatic reading and a key that may read everything.</summary>
    internal async Task<LogOfReader> NewAsync(params IEnumerable<NewEntry> entries)
    {
        var tenant = await Console.AddTenantAsync($"r-{Guid.NewGuid():N}"[..20], "Acme");
        var reader = new LogOfReader(Console, tenant, await Console.AddReadKeyAsync(tenant));
        await reader.AppendAsync(entries);
        return reader;
    }
}

/// <summary>Tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class ReaderTests : ICollectionFixture<ReaderFixture>
{
    public const string Name = "Readers";
}

/// <summary>An account's log and a program that reads it.</summary>
internal sealed class LogOfReader : IDisposable
{
    private readonly IServiceProvider _services;

    public LogOfReader(ConsoleFactory console, Tenant tenant, CreatedKey key)
    {
        (_services, Tenant, Key, Client) = (console.Services, tenant, key, console.NewClient(key));
        Client.DefaultRequestHeaders.Add("X-Tenant-ID", tenant.Id.ToString());
    }

    public Tenant Tenant { get; }

    public CreatedKey Key { get; }

    public HttpClient Client { get; }

    public IEntryStore Store => _services.GetRequiredService<IEntryStore>();

    public void Dispose() => Client.Dispose();

    public async Task<IReadOnlyList<AppendedEntry>> AppendAsync(params IEnumerable<NewEntry> entries)
    {
        var appended = new List<AppendedEntry>();
        foreach (var batch in entries.Chunk(1000))
        {
            appended.AddRange((await Store.AppendAsync(
                new AppendRequest { Tenant = Tenant.Number, TenantId = Tenant.Id, RecordedBy = "key:key_test", Entries = [.. batch.Select(PreparedEntry.From)] },
                CancellationToken.None)).Entries);
        }
        return appended;
    }

    public async Task<ReadAnswer> GetAsync(string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        }
        using var answer = await Client.SendAsync(request);
        return await ReadAnswer.OfAsync(answer);
    }

    /// <summary>All entries of a list, page by page; fails on an error.</summary>
    public async Task<List<JsonElement>> PagesAsync(string path)
    {
        var (all, next) = (new List<JsonElement>(), (string?)null);
        while (true)
        {
            var answer = await GetAsync(next is null ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={next}");
            Assert.True(answer.Status == 200, answer.Body);
            all.AddRange(answer.Data);
            if (!answer.HasMore)
            {
                return all;
            }
            next = answer.NextCursor;
            Assert.NotNull(next);
        }
    }
}

/// <summary>What a reading route answered.</summary>
internal sealed record ReadAnswer(int Status, string Body, string? MediaType, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public IReadOnlyList<JsonElement> Data => [.. Json.GetProperty("data").EnumerateArray()];

    public IEnumerable<long> Sequences => Data.Select(entry => entry.GetProperty("sequence").GetInt64());

    public string? NextCursor => Json.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;

    public bool HasMore => Json.GetProperty("has_more").GetBoolean();

    public string Code => Json.GetProperty("code").GetString()!;

    public string[] Notices => [.. Json.GetProperty("notices").EnumerateArray().Select(notice => notice.GetString()!)];

    public static async Task<ReadAnswer> OfAsync(HttpResponseMessage answer) => new(
        (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Content.Headers.ContentType?.MediaType,
        answer.Headers.Concat(answer.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));

    /// <summary>Holds an error to the one shape that every API has.</summary>
    public void AssertError(int status, string code)
    {
        Assert.True(status == Status, $"{Status}: {Body}");
        Assert.Equal("application/json", MediaType);
        Assert.Equal(code, Code);
        Assert.Equal(["code", "message", "details", "notices"], Json.EnumerateObject().Select(member => member.Name));
        Assert.NotEmpty(Json.GetProperty("message").GetString()!);
    }
}
