using System.Text;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Tenants;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Reading;

[Collection(ReaderTests.Name)]
public sealed class ReadRecordsTests(ReaderFixture fixture)
{
    [Fact]
    public async Task Reads_are_entries_once_a_reader_filter_and_hour_where_the_account_wants_it()
    {
        using var log = await fixture.NewAsync(TestEntries.Entry(), TestEntries.Entry());
        var admin = await fixture.Console.AddUserAsync(log.Tenant, Role.Admin);
        await log.GetAsync("/api/audit-log");
        Assert.Empty(await RecordsAsync(log));
        await fixture.Console.Services.GetRequiredService<TenantSettingsService>().SetReadLoggingAsync(admin.Id, log.Tenant.Slug, true, Client.Unknown, default);
        // A new hour between two of these would rightly make a second record: begin in the next one.
        while (TimeProvider.System.GetUtcNow() is { Minute: 59, Second: > 30 })
        {
            await Task.Delay(1000);
        }
        for (var i = 0; i < 3; i++)
        {
            await log.GetAsync("/api/audit-log?limit=1&actor=usr_1");
            await log.GetAsync("/v1/audit-log?limit=2&actor_id=usr_1");
            await log.GetAsync("/api/audit-log?actor=usr_1", "text/csv");
            await PageAsync(admin, log, "");
        }
        var records = await RecordsAsync(log);
        Assert.Equal(
            ["AuditLogExported GET /api/audit-log csv", "AuditLogViewed GET /api/audit-log ", "AuditLogViewed GET /v1/audit-log ", "AuditLogViewed console "],
            records.Select(Describe).Order(StringComparer.Ordinal));
        Assert.All(records.Where(record => !Describe(record).Contains("console", StringComparison.Ordinal)), record =>
            Assert.Equal(("api_key", log.Key.Id, $"key:{log.Key.Id}"), (record.Content.Actor.Type, record.Content.Actor.Id, record.RecordedBy)));
        Assert.Contains("\"actor\":\"usr_1\"", Encoding.UTF8.GetString(records[0].Content.Metadata.Utf8.Span) + Encoding.UTF8.GetString(records[1].Content.Metadata.Utf8.Span), StringComparison.Ordinal);

        // Reading the records makes no more of them, by their action or because nothing else is left to read.
        await log.GetAsync("/api/audit-log?action=AuditLogViewed&action=AuditLogExported");
        await log.GetAsync("/api/audit-log?action=AuditLogViewed", "text/csv");
        await log.GetAsync("/v1/audit-log?action=AuditLogViewed");
        await PageAsync(admin, log, "AuditLogExported");
        await log.GetAsync("/api/audit-log?actor=" + log.Key.Id);
        Assert.Equal(records.Count, (await RecordsAsync(log)).Count);
    }

    private async Task PageAsync(TestUser reader, LogOfReader log, string action)
    {
        using var scope = fixture.Console.Services.CreateScope();
        var query = LogQuery.Default(log.Tenant.Slug, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
        query = query with { Filter = query.Filter with { Action = action.Length == 0 ? null : action } };
        await scope.ServiceProvider.GetRequiredService<LogReader>().ReadAsync(reader.Id, query, Client.Unknown, default);
    }

    private async Task<IReadOnlyList<AuditEntry>> RecordsAsync(LogOfReader log) =>
        [.. (await fixture.Console.EntriesAsync(log.Tenant)).Where(entry => entry.Content.Action is ReadRecords.Viewed or ReadRecords.Exported)];

    private static string Describe(AuditEntry record)
    {
        var metadata = System.Text.Json.JsonDocument.Parse(record.Content.Metadata.Utf8.ToArray()).RootElement;
        return $"{record.Content.Action} {metadata.GetProperty("through").GetString()} {(metadata.TryGetProperty("format", out var format) ? format.GetString() : "")}";
    }
}
