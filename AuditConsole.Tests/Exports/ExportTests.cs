using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using CsvHelper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Exports;

[Collection(ExportTestsCollection.Name)]
public sealed class ExportTests(ExportFixture fixture)
{
    [Fact]
    public async Task A_csv_of_100000_entries_holds_what_the_pages_show_field_by_field_and_says_that_it_is_cut()
    {
        var pages = await ReadPagesAsync(fixture.Big, ExportFixture.BigCount);
        await fixture.AppendAsync(fixture.Big, [new NewEntry
        {
            OccurredAt = ExportFixture.Day.AddHours(12),
            Actor = new Actor("user", "usr_late"),
            Action = "RulePublished",
            Target = new Resource("Rule", "rul_late"),
        }]);

        using var answer = await fixture.PostAsync(fixture.Auditor, fixture.Form(fixture.Big, snapshot: fixture.Snapshot));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/csv; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("audit-log_big_2026-05-08_2026-05-08_newest-100000-of-100500.csv", answer.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        var file = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal([0xEF, 0xBB, 0xBF], file[..3]);
        Assert.Equal(100_001, Count(file, "\r\n"u8));
        using var reader = CsvReader.Create(file, new CsvReaderOptions { Separator = ',' });
        var row = 0;
        while (reader.Read())
        {
            var fields = Enumerable.Range(0, reader.FieldCount).Select(index => SpreadsheetCell.Unescape(reader.GetString(index)));
            Assert.Equal(Fields(pages[row]), fields);
            row++;
        }
        Assert.Equal(CsvEntryFile.Columns, reader.Headers);
        Assert.Equal(100_000, row);
    }

    [Fact]
    public async Task Json_holds_the_same_entries_as_wire_entries()
    {
        var pages = await ReadPagesAsync(fixture.Big, 5_000, action: "RulePublished");
        var form = fixture.Form(fixture.Big, "json", snapshot: fixture.Snapshot);
        form["action"] = "RulePublished";

        using var answer = await fixture.PostAsync(fixture.Auditor, form);

        Assert.Equal("audit-log_big_2026-05-08_2026-05-08.json", answer.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        using var read = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
        Assert.Equal(ExportFixture.BigCount / 4, read.RootElement.GetArrayLength());
        Assert.Equal(pages.Select(EntryFileTests.Wire), read.RootElement.EnumerateArray().Take(pages.Count).Select(element => element.GetRawText()));
    }

    [Fact]
    public async Task Hostile_text_comes_back_whole_and_no_cell_can_run()
    {
        var entries = await ReadPagesAsync(fixture.Small, 1000);
        Assert.Equal(HostileText.All.Count, entries.Count);

        using var answer = await fixture.PostAsync(fixture.Admin, fixture.Form(fixture.Small));

        var rows = EntryFileTests.ReadCsv(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(entries.Count + 1, rows.Count);
        Assert.DoesNotContain(rows.SelectMany(row => row), cell => cell.Length > 0 && "=+-@\t\r".Contains(cell[0], StringComparison.Ordinal));
        Assert.Equal(entries.Select(Fields), rows.Skip(1).Select(row => row.Select(SpreadsheetCell.Unescape)));
    }

    [Fact]
    public async Task Payloads_of_64_KiB_are_exported_whole()
    {
        var tenant = await fixture.Console.AddTenantAsync("long-payloads");
        var admin = await fixture.Console.AddUserAsync(tenant, Role.Admin);
        var text = string.Concat(Enumerable.Repeat("\"\r\n=x", EntryParser.MaxMetadataBytes / 10)) + "end";
        await fixture.AppendAsync(tenant, Enumerable.Range(0, 40).Select(index => new NewEntry
        {
            OccurredAt = ExportFixture.Day.AddSeconds(index),
            Actor = new Actor("user", "usr_1"),
            Action = "RuleEdited",
            Target = new Resource("Rule", "rul_1"),
            Metadata = CanonicalObject.From(new { text }),
        }));

        using var answer = await fixture.PostAsync(admin, fixture.Form(tenant));

        var rows = EntryFileTests.ReadCsv(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(41, rows.Count);
        Assert.All(rows.Skip(1), row => Assert.Equal(text, JsonDocument.Parse(row[8]).RootElement.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task A_download_stands_in_the_security_log_with_its_filter_and_count()
    {
        var form = fixture.Form(fixture.Small);
        form["slug"] = "=";

        using var answer = await fixture.PostAsync(fixture.Admin, form);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var line = await WaitForAsync(context => context.SecurityEvents.Where(
            line => line.Kind == SecurityEventKinds.Download && line.Subject == fixture.Admin.Id && line.Detail!.Contains("\"slug\"")));
        Assert.Equal((fixture.Small.Number, "127.0.0.1"), (line.TenantNumber, line.Ip));
        using var detail = JsonDocument.Parse(line.Detail!);
        Assert.Equal(("csv", "=", 1), (
            detail.RootElement.GetProperty("format").GetString(), detail.RootElement.GetProperty("filter").GetProperty("slug").GetString(),
            detail.RootElement.GetProperty("count").GetInt32()));
    }

    private async Task<SecurityEvent> WaitForAsync(Func<ConsoleDbContext, IQueryable<SecurityEvent>> query)
    {
        for (var attempt = 0; ; attempt++)
        {
            await using var context = await fixture.Console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
            if (await query(context).AsNoTracking().FirstOrDefaultAsync() is { } line)
            {
                return line;
            }
            Assert.True(attempt < 200, "The security log never got the line.");
            await Task.Delay(20);
        }
    }

    // What a person sees who turns the pages of the log.
    private async Task<List<AuditEntry>> ReadPagesAsync(Tenant tenant, int most, string? action = null)
    {
        var scope = await fixture.Console.Services.GetRequiredService<ReadScopes>().OfAsync(tenant.Number, default);
        var filter = new EntryFilter { Scope = scope, From = ExportFixture.Day, To = ExportFixture.Day.AddDays(1), Action = action };
        var entries = new List<AuditEntry>();
        for (EntryPosition? after = null; entries.Count < most;)
        {
            var page = await fixture.Store.ReadPageAsync(filter, new PageRequest(1000, fixture.Snapshot, OlderThan: after), default);
            entries.AddRange(page.Entries);
            if (!page.HasOlder)
            {
                break;
            }
            after = new EntryPosition(page.Entries[^1].OccurredAt, page.Entries[^1].Sequence);
        }
        return entries;
    }

    private static string[] Fields(AuditEntry entry) =>
    [
        entry.OccurredAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture), entry.Content.Actor.Display, entry.Content.Target.Type,
        entry.Content.Target.Slug ?? entry.Content.Target.Id, entry.Content.Target.Version ?? "", entry.Content.Action, entry.Content.EngineVersion ?? "",
        entry.Content.Ip?.ToString() ?? "", entry.Content.Metadata.ToString(),
    ];

    private static int Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part)
    {
        var count = 0;
        for (int at; (at = text.IndexOf(part)) >= 0; text = text[(at + part.Length)..])
        {
            count++;
        }
        return count;
    }
}
