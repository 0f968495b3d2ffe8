using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using AuditConsole.Identity;
using AuditConsole.ScheduledExports;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;
using AuditConsole.Tests.Evidence;
using AuditConsole.Tests.Storage;
using AuditConsole.Verify.Reports;
using AuditConsole.Withholding;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.ScheduledExports;

/// <summary>What scheduled exports promise, with a clock that stands still and buckets that fail when it is wanted.</summary>
public sealed class ScheduledExportTests(ScheduledExportFixture fixture) : IClassFixture<ScheduledExportFixture>
{
    private static readonly DeliveryOutcome Broken = new(DeliveryVerdict.Retry, "The bucket has trouble.");
    private static readonly DeliveryOutcome Refused = new(DeliveryVerdict.Stop, "The bucket refuses a secret of the bucket.", Field: "bucket");

    [Fact]
    public async Task Runs_hold_every_entry_once_while_many_write_late_ones()
    {
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(tenant.Draft() with { RowsPerPart = 7 });
        for (var day = 0; day < 6; day++)
        {
            var writers = Enumerable.Range(0, 8).Select(async writer =>
            {
                for (var i = 0; i < 5; i++)
                {
                    await tenant.AppendAsync(AuditConsole.Tests.Storage.TestEntries.Entry(slug: $"w-{writer}", occurredAt: fixture.Clock.Now - TimeSpan.FromDays(writer * 40)));
                }
            }).ToList();
            if (day % 2 == 0)
            {
                fixture.Clock.Advance(TimeSpan.FromDays(1));
            }
            await tenant.RunAllAsync(id);
            await Task.WhenAll(writers);
        }
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await tenant.RunAllAsync(id);
        var runs = await tenant.RunsAsync(id);
        var sequences = tenant.Bucket.Sequences();
        Assert.Equal(Enumerable.Range(1, (int)runs[0].Until).Select(sequence => (long)sequence), sequences);
        Assert.Equal(runs.Skip(1).Select(run => run.Until), runs.SkipLast(1).Select(run => run.After));
    }

    [Fact]
    public async Task What_was_missed_is_made_up_for_run_by_run_and_after_too_many_by_one_run()
    {
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(tenant.Draft());
        await tenant.AppendAsync(3);
        fixture.Clock.Advance(TimeSpan.FromDays(2));
        await tenant.AppendAsync(4);
        fixture.Clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(5, await tenant.RunAllAsync(id));
        var runs = await tenant.RunsAsync(id);
        Assert.Equal(5, runs.Select(run => run.Due).Distinct().Count());
        Assert.All(runs, run => Assert.Equal((RunState.Done, 1, 6), (run.State, run.Stands, run.Due.Hour)));
        // The first two lie before the second four: what they hold is what was recorded by then.
        Assert.Equal([0, 0, 4, 0, 4], runs.Select(run => run.Rows));
        Assert.All(runs.Where(run => run.Rows == 0), run => Assert.Empty(run.Parts));

        await tenant.AppendAsync(2);
        fixture.Clock.Advance(TimeSpan.FromDays(40));
        Assert.Equal(1, await tenant.RunAllAsync(id));
        var merged = (await tenant.RunsAsync(id))[0];
        Assert.Equal((40, fixture.Clock.Now.Date), (merged.Stands, merged.Due.Date));
        Assert.Contains("\"stands_for_due_times\": 40", merged.Manifest, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, (int)merged.Until).Select(sequence => (long)sequence), tenant.Bucket.Sequences());
        Assert.Equal(RunResult.Nothing, await tenant.RunAsync(id));
    }

    [Fact]
    public async Task A_run_that_breaks_off_at_any_object_ends_as_the_same_objects_with_the_manifest_last()
    {
        var (tenant, calm) = (await fixture.NewTenantAsync(), 0);
        await tenant.AppendAsync(12);
        var id = await tenant.AddAsync(tenant.Draft("csv") with { RowsPerPart = 5 });
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        var failAt = 0;
        // Each object fails once, before it is written or when it is: the next attempt comes to the next one.
        tenant.Bucket.Fails = attempt => attempt == failAt ? Broken : null;
        var attempts = 0;
        while (await tenant.RunAsync(id) is var result && result != RunResult.Done)
        {
            Assert.Equal(RunResult.Later, result);
            Assert.DoesNotContain(tenant.Bucket.Objects.Keys, key => key.EndsWith("manifest.json", StringComparison.Ordinal));
            var run = (await tenant.RunsAsync(id))[0];
            Assert.Equal((RunState.Failed, "The bucket has trouble."), (run.State, run.Error));
            Assert.Equal(RunResult.Nothing, await tenant.RunAsync(id));
            fixture.Clock.Now = run.NextAttempt!.Value;
            failAt = tenant.Bucket.Attempts + (calm++ % 3);
            Assert.True(++attempts < 20);
        }
        Assert.True(attempts >= 3, $"{attempts}");
        Assert.EndsWith("manifest.json", tenant.Bucket.Puts[^1].Key, StringComparison.Ordinal);
        Assert.Equal(7, tenant.Bucket.Objects.Count);
        // Every time that a part was written, it was written as the same bytes.
        Assert.All(
            tenant.Bucket.Puts.Where(put => put.Key.EndsWith(".csv.gz", StringComparison.Ordinal)).GroupBy(put => put.Key),
            put => Assert.Single(put.Select(one => Convert.ToHexString(one.Bytes)).Distinct()));
        var done = (await tenant.RunsAsync(id))[0];
        Assert.Equal((RunState.Done, 13L, null), (done.State, done.Rows, done.Error));
    }

    [Fact]
    public async Task A_run_that_is_cut_off_goes_on_where_it_was_and_never_twice_at_once()
    {
        var tenant = await fixture.NewTenantAsync();
        await tenant.AppendAsync(12);
        var id = await tenant.AddAsync(tenant.Draft() with { RowsPerPart = 5 });
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        using var killed = new CancellationTokenSource();
        var reached = new TaskCompletionSource();
        tenant.Bucket.Before = async (key, cancellationToken) =>
        {
            if (key.EndsWith("part-00002.receipt.ndjson.gz", StringComparison.Ordinal))
            {
                reached.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        };
        var first = fixture.Runner.RunAsync(id, killed.Token);
        await reached.Task;
        Assert.Equal(RunResult.Nothing, await tenant.RunAsync(id));
        await killed.CancelAsync();
        Assert.Equal(RunResult.Later, await first);
        var open = Assert.Single(await tenant.RunsAsync(id));
        Assert.Equal((RunState.Running, 1), (open.State, open.Parts.Count));
        tenant.Bucket.Before = null;
        Assert.Equal(RunResult.Done, await tenant.RunAsync(id));
        var done = Assert.Single(await tenant.RunsAsync(id));
        Assert.Equal((open.Id, 2, 3), (done.Id, done.Attempts, done.Parts.Count));
        Assert.Equal(Enumerable.Range(1, 13).Select(sequence => (long)sequence), tenant.Bucket.Sequences());
        // Part 1 was kept, and not written again.
        Assert.Single(tenant.Bucket.Puts, put => put.Key.EndsWith("part-00001.ndjson.gz", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refused_for_good_it_stops_with_a_notice_and_goes_on_with_the_same_run_when_resumed()
    {
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(tenant.Draft());
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        tenant.Bucket.Fails = _ => Refused;
        Assert.Equal(RunResult.Stopped, await tenant.RunAsync(id));
        var view = await tenant.GetAsync(id);
        Assert.Equal((StreamState.Error, "The bucket refuses …."), (view.State, view.Reason));
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(RunResult.Nothing, await tenant.RunAsync(id));
        tenant.Bucket.Fails = null;
        await fixture.Service.ResumeAsync(tenant.Owner, id, default);
        Assert.Equal(2, await tenant.RunAllAsync(id));
        Assert.Equal([1, 2], (await tenant.RunsAsync(id)).Select(run => run.Attempts));
        await using var context = await fixture.Console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        while (!await context.SecurityEvents.AnyAsync(line => line.Kind == SecurityEventKinds.ScheduledExportStopped && line.Subject == id))
        {
            await Task.Delay(10);
        }
    }

    [Fact]
    public async Task Failing_for_a_day_it_is_disabled()
    {
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(tenant.Draft());
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        tenant.Bucket.Fails = _ => Broken;
        Assert.Equal(RunResult.Later, await tenant.RunAsync(id));
        fixture.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal(RunResult.Stopped, await tenant.RunAsync(id));
        Assert.Equal(StreamState.Disabled, (await tenant.GetAsync(id)).State);
    }

    [Fact]
    public async Task A_due_instant_has_one_run_whatever_anybody_tries()
    {
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(tenant.Draft());
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await tenant.RunAllAsync(id);
        var run = Assert.Single(await tenant.RunsAsync(id));
        await using var context = await fixture.Console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        context.ScheduledExportRuns.Add(new ScheduledExportRun { Id = Guid.CreateVersion7(), ExportId = id, Due = run.Due });
        await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
    }

    [Fact]
    public async Task Somebody_may_let_it_run_between_and_nothing_is_held_twice()
    {
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(tenant.Draft());
        await tenant.AppendAsync(3);
        Assert.True(await fixture.Service.RunNowAsync(tenant.Owner, id, default));
        Assert.Equal(1, await tenant.RunAllAsync(id));
        await Assert.ThrowsAsync<RefusedException>(() => fixture.Service.RunNowAsync(tenant.Owner, id, default));
        await tenant.AppendAsync(2);
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, await tenant.RunAllAsync(id));
        var runs = await tenant.RunsAsync(id);
        Assert.Equal([(false, 3L), (true, 4L)], runs.Select(run => (run.IsManual, run.Rows)));
        Assert.Equal(Enumerable.Range(1, 7).Select(sequence => (long)sequence), tenant.Bucket.Sequences());
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_a_secret_never_comes_back()
    {
        var tenant = await fixture.NewTenantAsync();
        var wrong = tenant.Draft(schedule: "hourly") with { Name = " ", TimeZone = "Berlin", RowsPerPart = 0, Settings = new Dictionary<string, string> { ["bucket"] = "wrong" } };
        var invalid = await Assert.ThrowsAsync<InvalidScheduledExportException>(() => tenant.AddAsync(wrong));
        Assert.Equal(["bucket", "name", "rows_per_part", "schedule", "secret", "time_zone"], invalid.Problems.Select(problem => problem.Field).Order());
        var id = await tenant.AddAsync(tenant.Draft());
        var view = await tenant.GetAsync(id);
        Assert.Equal("…cket", view.Secrets["secret"]);
        Assert.DoesNotContain("a secret", ScheduledExportJson.Write(view).ToJsonString(), StringComparison.Ordinal);
        // Left out, it stays.
        await fixture.Service.ChangeAsync(tenant.Owner, id, tenant.Draft() with { Settings = new Dictionary<string, string> { ["bucket"] = tenant.Tenant.Slug } }, default);
        Assert.Equal("…cket", (await tenant.GetAsync(id)).Secrets["secret"]);
        Assert.All(await tenant.EntriesAsync(), entry => Assert.DoesNotContain("a secret", Encoding.UTF8.GetString(entry.Details.Metadata.Span), StringComparison.Ordinal));
        var stored = await File.ReadAllBytesAsync(Path.Combine(fixture.Console.DataDirectory, "audit-console.db"));
        Assert.Equal(-1, stored.AsSpan().IndexOf("a secret of the bucket"u8));
    }

    [Fact]
    public async Task Each_run_and_each_change_leaves_an_entry()
    {
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(tenant.Draft());
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await tenant.RunAllAsync(id);
        await fixture.Service.PauseAsync(tenant.Owner, id, default);
        await fixture.Service.ResumeAsync(tenant.Owner, id, default);
        await fixture.Service.DeleteAsync(tenant.Owner, id, default);
        await Assert.ThrowsAsync<RefusedException>(() => tenant.GetAsync(id));
        var entries = (await tenant.EntriesAsync()).OrderBy(entry => entry.Sequence).ToList();
        Assert.Equal(
            ["ScheduledExportCreated", "AuditLogExported", "ScheduledExportChanged", "ScheduledExportChanged", "ScheduledExportDeleted"], entries.Select(entry => entry.Content.Action));
        Assert.All(entries, entry => Assert.Equal(id, entry.Content.Target.Id));
        var manifest = tenant.Bucket.Objects.Single(found => found.Key.EndsWith("manifest.json", StringComparison.Ordinal)).Value;
        Assert.Contains(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(manifest)), Encoding.UTF8.GetString(entries[1].Details.Metadata.Span), StringComparison.Ordinal);
        Assert.Contains("\"count\":1,", Encoding.UTF8.GetString(entries[1].Details.Metadata.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_log_holds_otherwise_since_a_run_is_told_part_by_part()
    {
        var tenant = await fixture.NewTenantAsync();
        await tenant.AppendAsync(2);
        // This one expires in two days: 1200 months are kept.
        await tenant.AppendAsync(TestEntries.Entry(occurredAt: fixture.Clock.Now.AddMonths(-1200).AddDays(2)));
        await tenant.AppendAsync(3, "RuleEdited");
        await tenant.AppendAsync(4);
        var id = await tenant.AddAsync(tenant.Draft("csv") with { RowsPerPart = 2, Filter = new StreamFilter { Actions = ["RulePublished"] } });
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await tenant.RunAllAsync(id);
        Assert.Equal([(true, 1), (true, 2), (true, 3), (true, 4)], (await CompareAsync()).Select(part => (part.IsSame, part.Number)));

        // 5 lies in the range of a part, and isn't in it.
        await fixture.Console.Services.GetRequiredService<WithholdingService>().WithholdFromConsoleAsync(tenant.Tenant, [2, 5, 8], "Asked for", default);
        fixture.Clock.Advance(TimeSpan.FromDays(2));
        var parts = await CompareAsync();
        Assert.Equal([(false, 0L, "2"), (false, 1L, ""), (false, 0L, "8"), (true, 0L, "")], parts.Select(part => (part.IsSame, part.Gone, string.Join(' ', part.Withheld))));
        Assert.All(parts, part => Assert.Equal(0, part.Back));

        async Task<IReadOnlyList<PartNow>> CompareAsync()
        {
            var run = (await tenant.RunsAsync(id))[^1];
            return await fixture.Service.CompareAsync(tenant.Owner, id, run, 100, default);
        }
    }

    [Fact]
    public async Task A_download_is_what_the_manifest_names_until_an_entry_is_withheld()
    {
        var tenant = await fixture.NewTenantAsync();
        await tenant.AppendAsync(5);
        var id = await tenant.AddAsync(tenant.Draft("csv") with { Kind = ScheduledExport.Download, Settings = new Dictionary<string, string>() });
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await tenant.RunAllAsync(id);
        var run = Assert.Single(await tenant.RunsAsync(id));
        var auditor = await fixture.Console.AddUserAsync(tenant.Tenant, Role.Auditor);
        using var client = await fixture.Console.NewClientAsync(auditor);
        using var folder = new EvidenceFolder();
        var key = folder.Write("key.pem", await client.GetByteArrayAsync("/api/checkpoints/key"));
        var (file, differs) = await GetAsync("parts/1");
        Assert.Equal(("false", run.Parts[0].Sha256), (differs, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file))));
        await ProveAsync(file);
        Assert.Equal(run.Manifest, Encoding.UTF8.GetString((await GetAsync("manifest")).Bytes));

        await fixture.Console.Services.GetRequiredService<WithholdingService>().WithholdFromConsoleAsync(tenant.Tenant, [2], "Asked for", default);
        (file, differs) = await GetAsync("parts/1");
        Assert.Equal("true", differs);
        Assert.NotEqual(run.Parts[0].Sha256, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file)));
        await ProveAsync(file);
        using var answer = await client.GetAsync($"/scheduled-exports/{id}/runs/{run.Id}/parts/2?tenant={tenant.Tenant.Slug}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);

        async Task ProveAsync(byte[] part)
        {
            var (path, receipt) = (Path.Combine(folder.Root, $"{Guid.NewGuid():n}.csv.gz"), Path.Combine(folder.Root, $"{Guid.NewGuid():n}.receipt.ndjson.gz"));
            await File.WriteAllBytesAsync(path, part);
            await File.WriteAllBytesAsync(receipt, (await GetAsync("parts/1/receipt")).Bytes);
            var report = EvidenceFolder.Verify(key, path, receipt);
            Assert.True(report.Verdict == Verdict.Proved, string.Join('\n', report.Findings));
        }

        async Task<(byte[] Bytes, string? Differs)> GetAsync(string name)
        {
            using var answer = await client.GetAsync($"/scheduled-exports/{id}/runs/{run.Id}/{name}?tenant={tenant.Tenant.Slug}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return (await answer.Content.ReadAsByteArrayAsync(), answer.Headers.TryGetValues(ScheduledExportEndpoints.DiffersHeader, out var values) ? values.Single() : null);
        }
    }
}
