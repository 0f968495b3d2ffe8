using System.Reflection;
using System.Text.Json.Nodes;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Storage.Sqlite;
using AuditConsole.Tenants;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.WorkOS;

/// <summary>An export from its making to its end, and one of a log that can't be read.</summary>
public sealed class ExportLifetimeTests : IAsyncLifetime
{
    private readonly FakeClock _clock = new(WireTime.Truncate(TimeProvider.System.GetUtcNow()));
    private readonly ConsoleFactory _console = new();
    private UnreadableStore _store = null!;
    private Tenant _tenant = null!;
    private CreatedKey _key = null!;

    public async Task InitializeAsync()
    {
        _console.ConfigureServices = services =>
        {
            services.AddSingleton<TimeProvider>(_clock);
            services.AddSingleton(provider =>
            {
                var store = DispatchProxy.Create<IEntryStore, UnreadableStore>();
                _store = (UnreadableStore)(object)store;
                _store.Real = provider.GetRequiredService<SqliteEntryStore>();
                return store;
            });
        };
        _console.StartServer();
        _tenant = await _console.Services.GetRequiredService<TenantService>().AddAsync("acme", "Acme", "org_acme", CancellationToken.None);
        await _console.SetProgrammaticReadingAsync(_tenant, on: true);
        var key = await _console.Services.GetRequiredService<ApiKeyService>()
            .CreateFromConsoleAsync(_tenant, "exports", [ApiKeyPolicies.ExportsReadScope], KeyExpiry.None, CancellationToken.None);
        _key = key;
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Fact]
    public async Task An_address_works_for_10_minutes_an_export_for_7_days_and_it_is_known_for_30()
    {
        var id = await CreateAsync();
        var url = (await StateAsync(id, "ready"))["url"]!.GetValue<string>();
        _clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(200, (await GetAsync(url)).Status);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        (await GetAsync(url)).AssertError(403, "link_expired");
        var renewed = (await StateAsync(id, "ready"))["url"]!.GetValue<string>();
        Assert.Equal(200, (await GetAsync(renewed)).Status);

        _clock.Advance(TimeSpan.FromDays(7));
        Assert.Null((await StateAsync(id, "expired"))["url"]);
        (await GetAsync(renewed)).AssertError(403, "link_expired");
        _clock.Advance(TimeSpan.FromDays(24));
        Assert.Equal(404, (await GetAsync($"/audit_logs/exports/{id}", _key)).Status);
    }

    [Fact]
    public async Task An_export_of_a_log_that_can_not_be_read_says_so_and_the_next_one_works()
    {
        _store.Fails = true;
        var broken = await CreateAsync();
        Assert.Null((await StateAsync(broken, "error"))["url"]);
        _store.Fails = false;
        Assert.NotNull((await StateAsync(await CreateAsync(), "ready"))["url"]);
        await StateAsync(broken, "error");
    }

    private async Task<string> CreateAsync()
    {
        using var client = _console.NewClient(_key);
        var body = new JsonObject
        {
            ["organization_id"] = "org_acme",
            ["range_start"] = WireTime.Format(_clock.Now.AddDays(-1)),
            ["range_end"] = WireTime.Format(_clock.Now.AddDays(1)),
        };
        using var answer = await client.PostAsync("/audit_logs/exports", new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == System.Net.HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!["id"]!.GetValue<string>();
    }

    /// <summary>The export once it isn't pending any more.</summary>
    private async Task<JsonNode> StateAsync(string id, string expected)
    {
        while (true)
        {
            var answer = await GetAsync($"/audit_logs/exports/{id}", _key);
            Assert.True(answer.Status == 200, answer.Body);
            var export = JsonNode.Parse(answer.Body)!;
            var state = export["state"]!.GetValue<string>();
            if (state != "pending")
            {
                Assert.Equal(expected, state);
                return export;
            }
            await Task.Delay(20);
        }
    }

    private async Task<HttpAnswer> GetAsync(string url, CreatedKey? key = null)
    {
        using var client = key is null ? _console.NewClient() : _console.NewClient(key);
        using var answer = await client.GetAsync(url);
        return await HttpAnswer.OfAsync(answer);
    }

    /// <summary>The real store, whose counting fails on demand.</summary>
    public class UnreadableStore : DispatchProxy
    {
        public IEntryStore Real { get; set; } = null!;

        public bool Fails { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            Fails && targetMethod!.Name == nameof(IEntryStore.CountAsync) ? throw new StorageException("The disk failed.") : targetMethod!.Invoke(Real, args);
    }
}
