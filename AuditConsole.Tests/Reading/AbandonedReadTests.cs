using System.Collections.Concurrent;
using System.Reflection;
using AuditConsole.Exports;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Storage.Sqlite;
using AuditConsole.Tenants;
using AuditConsole.Tests.Browser;
using AuditConsole.Tests.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuditConsole.Tests.Reading;

/// <summary>Who goes away while the store still reads for them, in the served application: the reading ends.</summary>
public sealed class AbandonedReadTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ConsoleFactory _console = new();
    private Tenant _tenant = default!;
    private WatchedStore _store = default!;

    public async Task InitializeAsync()
    {
        _console.ConfigureServices = services => services.AddHttpContextAccessor().AddSingleton(
            provider => WatchedStore.Over(provider.GetRequiredService<SqliteEntryStore>(), provider.GetRequiredService<IHttpContextAccessor>(), out _store));
        _console.StartServer();
        _tenant = await _console.AddTenantAsync("acme");
        await _console.Services.GetRequiredService<IEntryStore>().AppendAsync(
            TestEntries.Request(_tenant.Number, [.. Enumerable.Range(0, 150).Select(_ => TestEntries.Entry())]) with { TenantId = _tenant.Id }, default);
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Theory]
    [InlineData("/api/audit-log")]
    [InlineData("/api/audit-log?order=asc")]
    [InlineData("/v1/audit-log")]
    public async Task A_request_that_is_aborted_ends_its_query(string path)
    {
        using var client = _console.NewClient();
        client.DefaultRequestHeaders.Add("X-API-Key", (await _console.AddReadKeyAsync(_tenant)).Text);
        client.DefaultRequestHeaders.Add("X-Tenant-ID", _tenant.Id.ToString());
        await RequireEndedAsync(gone => client.GetAsync(new Uri(path, UriKind.Relative), gone));
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_download_that_is_aborted_ends_its_query()
    {
        var admin = await _console.AddUserAsync(_tenant, Role.Admin);
        using var client = await _console.NewClientAsync(admin);
        var (cookie, field) = await _console.FormTokenAsync(admin);
        await RequireEndedAsync(async gone =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, ExportEndpoint.Path)
            {
                Content = new FormUrlEncodedContent(
                [
                    KeyValuePair.Create("tenant", _tenant.Slug), KeyValuePair.Create("from", "2026-05-08"), KeyValuePair.Create("to", "2026-05-09"),
                    KeyValuePair.Create("snapshot", "150"), KeyValuePair.Create("format", "csv"), field,
                ]),
            };
            request.Headers.Add("Cookie", $"{client.DefaultRequestHeaders.GetValues("Cookie").Single()}; {cookie}");
            client.DefaultRequestHeaders.Remove("Cookie");
            return await client.SendAsync(request, gone);
        });
    }

    [Fact]
    public async Task A_closed_browser_ends_its_query()
    {
        var chromium = new Chromium();
        await chromium.InitializeAsync();
        try
        {
            var viewer = await _console.AddUserAsync(_tenant, Role.Viewer);
            var context = await chromium.Browser.NewContextAsync(new() { BaseURL = _console.Address.ToString() });
            await context.AddCookiesAsync([new() { Name = IdentityFeature.SessionCookie, Value = await _console.SessionOfAsync(viewer), Url = _console.Address.ToString(), HttpOnly = true }]);
            var page = await context.NewPageAsync();
            await page.GotoAsync($"/audit-log?tenant={_tenant.Slug}");
            await page.GetByText("Entries 1–100 of ").WaitForAsync();
            await using (await BusyReaders.TakeAllAsync(_console.Services.GetRequiredService<ReaderPool>()))
            {
                _store.Forget();
                await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
                var reading = await _store.NextAsync().WaitAsync(Patience);
                Assert.False(reading.IsCompleted);

                await page.CloseAsync();

                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience));
            }
        }
        finally
        {
            await chromium.DisposeAsync();
        }
    }

    private async Task RequireEndedAsync(Func<CancellationToken, Task<HttpResponseMessage>> send)
    {
        using var gone = new CancellationTokenSource();
        await using (await BusyReaders.TakeAllAsync(_console.Services.GetRequiredService<ReaderPool>()))
        {
            _store.Forget();
            var answer = send(gone.Token);
            var next = _store.NextAsync();
            Assert.True(await Task.WhenAny(next, answer).WaitAsync(Patience) == next, "It was answered without the store.");
            var reading = await next;
            Assert.False(reading.IsCompleted);

            await gone.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience));
        }
        // Each reader is there again.
        await using var all = await BusyReaders.TakeAllAsync(_console.Services.GetRequiredService<ReaderPool>());
    }
}

/// <summary>The real store, and what it is still reading for somebody who may go away.</summary>
public class WatchedStore : DispatchProxy
{
    private readonly ConcurrentQueue<Task> _reading = new();
    private IEntryStore _store = default!;
    private IHttpContextAccessor _requests = default!;

    public static IEntryStore Over(IEntryStore store, IHttpContextAccessor requests, out WatchedStore watched)
    {
        var proxy = Create<IEntryStore, WatchedStore>();
        watched = (WatchedStore)(object)proxy;
        (watched._store, watched._requests) = (store, requests);
        return proxy;
    }

    public void Forget() => _reading.Clear();

    /// <summary>The next reading.</summary>
    public async Task<Task> NextAsync()
    {
        Task? reading;
        while (!_reading.TryDequeue(out reading))
        {
            await Task.Delay(10);
        }
        return reading;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var result = targetMethod!.Invoke(_store, args);
        // Workers read too, but no pages.
        if (result is Task reading && (_requests.HttpContext is not null || targetMethod.Name == nameof(IEntryStore.ReadPageAsync)))
        {
            _reading.Enqueue(reading);
        }
        return result;
    }
}
