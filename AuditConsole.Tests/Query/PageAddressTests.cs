using System.Net;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Storage;
using AuditConsole.Tests.Security;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Query;

/// <summary>What the document of a page answers to whoever doesn't render it.</summary>
[Collection(ConsoleTests.Name)]
public sealed class PageAddressTests(ConsoleFixture fixture) : IAsyncLifetime
{
    private const string Tenant = "page-addresses";

    private static TestUser? _viewer;
    private static string _cursor = "";

    public async Task InitializeAsync()
    {
        if (_viewer is not null)
        {
            return;
        }
        var tenant = await fixture.Console.AddTenantAsync(Tenant);
        await fixture.Console.Services.GetRequiredService<IEntryStore>().AppendAsync(
            new AppendRequest
            {
                Tenant = tenant.Number,
                TenantId = tenant.Id,
                RecordedBy = "key:test",
                Entries = [PreparedEntry.From(TestEntries.Entry() with { Target = new Resource("Rule", "rul_1", "a/b c") })],
            },
            CancellationToken.None);
        var filter = EntryFilterQuery.Default(Tenant, new DateOnly(2026, 11, 21)) with { From = TimeBound.Of(new DateOnly(2026, 1, 1)) };
        _cursor = Uri.EscapeDataString(
            fixture.Console.Services.GetRequiredService<CursorProtector>().Protect(new Cursor(1, 0), tenant.Id, filter));
        _viewer = await fixture.Console.AddUserAsync(tenant, Role.Viewer);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(200, "/audit-log")]
    [InlineData(200, "/audit-log?tenant=page-addresses&from=2026-01-01&to=2026-11-21&cursor=CURSOR")]
    [InlineData(200, "/entities/Rule/a%2Fb%20c?tenant=page-addresses")]
    [InlineData(400, "/audit-log?from=2026-13-45")]
    [InlineData(400, "/audit-log?from=2026-02-01&to=2026-01-01")]
    [InlineData(400, "/audit-log?ip=300.1.1.1")]
    [InlineData(400, "/audit-log?entry=none")]
    [InlineData(400, "/audit-log?q=secret")]
    [InlineData(400, "/audit-log?cursor=zzz")]
    [InlineData(400, "/audit-log?tenant=page-addresses&from=2026-01-02&to=2026-11-21&cursor=CURSOR")]
    [InlineData(404, "/audit-log?tenant=nope")]
    [InlineData(404, "/members?tenant=nope")]
    [InlineData(404, "/entities/Rule/no-such-rule")]
    [InlineData(404, "/entities/Rule/a%252Fb%20c")]
    public async Task The_document_of_a_page_answers_by_its_address(int status, string address)
    {
        using var client = await fixture.Console.NewClientAsync(_viewer!);

        using var answer = await client.GetAsync(address.Replace("CURSOR", _cursor, StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("_framework/blazor.web", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
