using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuditConsole.Tests.Browser;

/// <summary>An account with a log of its own, and a person to read it.</summary>
public sealed class LogSeed
{
    private readonly BrowserFixture _fixture;

    private LogSeed(BrowserFixture fixture, Tenant tenant, TestUser reader) => (_fixture, Tenant, Reader) = (fixture, tenant, reader);

    public Tenant Tenant { get; }

    public TestUser Reader { get; }

    public static async Task<LogSeed> MakeAsync(BrowserFixture fixture, Role role = Role.Viewer, IEnumerable<NewEntry>? entries = null, string? email = null)
    {
        var tenant = await fixture.Console.AddTenantAsync($"t-{Guid.NewGuid():N}"[..20], "Acme");
        var seed = new LogSeed(fixture, tenant, await fixture.Console.AddUserAsync(tenant, role, email));
        await seed.AppendAsync(entries ?? []);
        return seed;
    }

    /// <summary>Appends straight to the store.</summary>
    public async Task<IReadOnlyList<AppendedEntry>> AppendAsync(params IEnumerable<NewEntry> entries)
    {
        var store = _fixture.Console.Services.GetRequiredService<IEntryStore>();
        var appended = new List<AppendedEntry>();
        foreach (var batch in entries.Chunk(1000))
        {
            var result = await store.AppendAsync(new AppendRequest
            {
                Tenant = Tenant.Number,
                TenantId = Tenant.Id,
                RecordedBy = "key:key_test",
                Entries = [.. batch.Select(PreparedEntry.From)],
            }, CancellationToken.None);
            appended.AddRange(result.Entries);
        }
        return appended;
    }

    /// <summary>A browser page at the log, with its entries there.</summary>
    public async Task<IPage> OpenAsync(string parameters = "", BrowserNewContextOptions? options = null)
    {
        var page = await NewPageAsync(options);
        await page.GotoAsync($"/audit-log?tenant={Tenant.Slug}{(parameters.Length > 0 ? "&" + parameters : "")}");
        await page.Locator("[aria-label=Entries]:not([aria-busy])").WaitForAsync();
        return page;
    }

    public Task<IPage> NewPageAsync(BrowserNewContextOptions? options = null) => _fixture.NewPageAsync(Reader, options);
}
