using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Tests.CommandLine;
using AuditConsole.WorkOS;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.WorkOS;

/// <summary>The migration from WorkOS: its export becomes entries, once.</summary>
[Collection(WorkOSTests.Name)]
public sealed class CsvImportTests(WorkOSFixture fixture)
{
    private static readonly string At = WireTime.Format(TimeProvider.System.GetUtcNow().AddDays(-3));

    [Fact]
    public async Task What_this_server_exports_another_takes_whole()
    {
        var (from, to) = (await fixture.NewAsync("events:write", "exports:read"), await fixture.NewAsync());
        await fixture.Console.SetProgrammaticReadingAsync(from.Tenant, on: true);
        (await from.CallAsync("auditLogs.createEvent", [from.Id, SdkEventTests.Event()])).Done();
        (await from.CallAsync("auditLogs.createEvent", [from.Id, SdkEventTests.Event("Berlin,\n\"Mitte\"", "team.created", "=1+1")])).Done();
        var csv = (await from.SendAsync(HttpMethod.Get,
            $"/audit_logs/exports?organization_id={from.Id}&range_start=2026-01-01T00:00:00Z&range_end=2099-01-01T00:00:00Z&action[]=user.signed_in&action[]=team.created", accept: "text/csv")).Body;

        var result = await ImportAsync(to, csv);
        Assert.Equal((2, 0), (result.Taken, result.AlreadyThere));
        var (sent, taken) = (await from.EntriesAsync(), await to.EntriesAsync());
        Assert.Equal(sent.Select(Facts).Order(), taken.Select(Facts).Order());
        Assert.All(taken, entry => Assert.Equal("import:workos-csv", entry.RecordedBy));

        // Again, and by another order of columns and rows.
        Assert.Equal((0, 2), (await ImportAsync(to, csv)) is var again ? (again.Taken, again.AlreadyThere) : default);

        static string Facts(AuditEntry entry) => Encoding.UTF8.GetString(EntryText.Details(entry.Content)) + entry.Content.Action + entry.OccurredAt.ToUnixTimeMilliseconds() + entry.Content.SchemaVersion;
    }

    [Theory]
    [InlineData("id,action,occurred_at,actor_id,actor_type,actor_name,targets,context_location", "e1,a.b,{at},u1,user,Ann,\"[{\"\"id\"\":\"\"t1\"\",\"\"type\"\":\"\"team\"\"}]\",10.0.0.1")]
    [InlineData("Id,Action,Occurred At,Actor.Id,Actor.Type,Actor.Name,Target.Id,Target.Type,Context.Location", "e1,a.b,{at},u1,user,Ann,t1,team,10.0.0.1")]
    [InlineData("id,action,occurredAt,actor,targets,context", "e1,a.b,{at},\"{\"\"id\"\":\"\"u1\"\",\"\"type\"\":\"\"user\"\",\"\"name\"\":\"\"Ann\"\"}\",\"[{\"\"id\"\":\"\"t1\"\",\"\"type\"\":\"\"team\"\"}]\",\"{\"\"location\"\":\"\"10.0.0.1\"\"}\"")]
    public async Task Columns_are_found_by_whatever_form_their_names_have(string header, string row)
    {
        var organization = await fixture.NewAsync();
        var result = await ImportAsync(organization, $"{header}\n{row.Replace("{at}", At, StringComparison.Ordinal)}\n");
        Assert.True(result.Taken == 1, string.Join('\n', result.Skipped.Keys));
        var content = Assert.Single(await organization.EntriesAsync()).Content;
        Assert.Equal((new Actor("user", "u1", "Ann"), new Resource("team", "t1"), "10.0.0.1"), (content.Actor, content.Target, content.Ip?.ToString()));
    }

    [Fact]
    public async Task Rows_that_can_not_be_taken_are_counted_by_reason_and_the_others_taken()
    {
        var organization = await fixture.NewAsync();
        var header = "id,action,occurred_at,actor_id,actor_type,targets,context_location,colour\n";
        const string targets = "\"[{\"\"id\"\":\"\"t\"\",\"\"type\"\":\"\"team\"\"}]\"";
        var result = await ImportAsync(organization, header
            + $"1,a.b,{At},u,user,{targets},x,red\n2,a.b,{At},u,user,[],x,red\n3,a.b,yesterday,u,user,{targets},x,red\n4,a.b,1999-01-01T00:00:00Z,u,user,{targets},x,red\n"
            + $"5,a.b,{At},u,user,{{,x,red\n1,a.b,{At},u,user,{targets},x,red\n6,a.b,{At},u,user,[],x,red\n7,a.b,{At},u,user,{targets},x,red\n");
        Assert.Equal((2, 1, 5), (result.Taken, result.AlreadyThere, result.Skipped.Values.Sum(reason => reason.Count)));
        Assert.Equal((2, 2), Assert.Single(result.Skipped, reason => reason.Key.StartsWith("/targets", StringComparison.Ordinal)).Value);
        Assert.Single(result.Skipped, reason => reason.Key.Contains("retention", StringComparison.Ordinal));
        Assert.Equal(["colour"], result.UnknownColumns);
        Assert.Equal(2, (await organization.EntriesAsync()).Count);
    }

    [Fact]
    public async Task An_import_that_was_interrupted_goes_on_and_two_alike_without_an_id_are_two()
    {
        var organization = await fixture.NewAsync();
        var rows = Enumerable.Range(0, 1200).Select(i => $"a.b,{At},u{i / 2},user,t,team,x").ToList();
        const string header = "action,occurred_at,actor_id,actor_type,target_id,target_type,location";
        var whole = string.Join('\n', [header, .. rows]);
        // The file was cut within a row: nothing of that row is lost or doubled later.
        using var stop = new CancellationTokenSource();
        var imports = fixture.Console.Services.GetRequiredService<CsvImport>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => imports.ImportAsync(
            organization.Tenant, new MemoryStream(Encoding.UTF8.GetBytes(whole)), _ => stop.CancelAsync(), stop.Token));
        var first = (await SizeAsync()) - 1;
        Assert.InRange(first, 1, 1199);

        var result = await ImportAsync(organization, whole);
        Assert.Equal((1200 - first, first), (result.Taken, result.AlreadyThere));
        Assert.Equal(1201, await SizeAsync());

        async Task<long> SizeAsync() => (await fixture.Console.Services.GetRequiredService<AuditConsole.Storage.IEntryStore>().ReadHeadAsync(organization.Tenant.Number, CancellationToken.None)).Size;
    }

    [Fact]
    public async Task An_import_that_was_killed_goes_on_where_its_last_commit_ended()
    {
        const int rows = 8_000;
        var data = Directory.CreateTempSubdirectory("audit-import-").FullName;
        try
        {
            var file = Path.Combine(data, "workos.csv");
            await File.WriteAllLinesAsync(file, Enumerable.Range(0, rows).Select(i => $"a.b,{At},u{i},user,t,team,x").Prepend("action,occurred_at,actor_id,actor_type,target_id,target_type,location"));
            Assert.Equal(0, (await ConsoleProcess.RunAsync(data, null, "tenants", "add", "--slug", "acme", "--name", "Acme")).Exit);
            using (var killed = ConsoleProcess.Start(data, "import", file, "--format", "workos-csv", "--tenant", "acme"))
            {
                while (!killed.Log.Contains("Appending:", StringComparison.Ordinal))
                {
                    Assert.False(killed.HasExited, killed.Log);
                    await Task.Delay(1);
                }
                await killed.KillAsync();
            }
            var again = await ConsoleProcess.RunAsync(data, null, "import", file, "--format", "workos-csv", "--tenant", "acme");
            Assert.True(again.Exit == 0, again.Error);
            var counts = Regex.Match(again.Error, @"Taken: ([\d,]+) rows.* Already there: ([\d,]+)\. Skipped: 0\.");
            Assert.True(counts.Success, again.Error);
            var (taken, there) = (Number(counts.Groups[1]), Number(counts.Groups[2]));
            Assert.Equal(rows, taken + there);
            Assert.True(there > 0, "Nothing was there: the first run was killed before its first commit.");
            Assert.Equal(0, (await ConsoleProcess.RunAsync(data, null, "verify")).Exit);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }

        static int Number(Group group) => int.Parse(group.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_command_says_what_was_taken_what_was_there_and_what_was_skipped_and_why()
    {
        var organization = await fixture.NewAsync();
        var csv = $"id,action,occurred_at,actor_id,actor_type,target_id,target_type,location\n1,a.b,{At},u,user,t,team,x\n2,a.b,{At},u,user,,,x\n";
        var (exit, said, told) = await fixture.RunAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(csv)), "import", "-", "--format", "workos-csv", "--tenant", organization.Tenant.Slug);
        Assert.Equal((0, ""), (exit, said));
        Assert.Contains("Taken: 1 rows", told, StringComparison.Ordinal);
        Assert.Contains("Skipped: 1.", told, StringComparison.Ordinal);
        Assert.Contains("1 skipped, the first in row 2: /targets must name at least one target", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_was_cut_off_within_a_cell_is_refused_there_and_taken_whole_later()
    {
        var organization = await fixture.NewAsync();
        const string header = "id,action,occurred_at,actor_id,actor_type,target_id,target_type,location,user_agent\n";
        var first = $"1,a.b,{At},u1,user,t,team,x,\"Mozilla \"\"5\"\"\"\n";
        var second = $"2,a.b,{At},u2,user,t,team,x,\"Mozilla/5.0 (X11)\"\n";
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => ImportAsync(organization, header + first + second[..^6]));
        Assert.Contains("row 2", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("Mozilla \"5\"", Assert.Single(await organization.EntriesAsync()).Content.UserAgent);
        var result = await ImportAsync(organization, header + first + second);
        Assert.Equal((1, 1), (result.Taken, result.AlreadyThere));
        Assert.Equal("Mozilla/5.0 (X11)", (await organization.EntriesAsync())[0].Content.UserAgent);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_and_versions_that_are_no_number_are_told_and_not_changed()
    {
        var organization = await fixture.NewAsync();
        var file = Encoding.Latin1.GetBytes(
            $"id,action,occurred_at,version,actor_id,actor_type,target_id,target_type,location\n1,a\u00ff,{At},1,u,user,t,team,x\n2,a.b,{At},v2,u,user,t,team,x\n3,a.b,{At},2,u,user,t,team,x\n");
        var result = await fixture.Console.Services.GetRequiredService<CsvImport>().ImportAsync(organization.Tenant, new MemoryStream(file), _ => Task.CompletedTask, CancellationToken.None);
        Assert.Equal(1, result.Taken);
        Assert.Single(result.Skipped, reason => reason.Key.Contains("UTF-8", StringComparison.Ordinal));
        Assert.Single(result.Skipped, reason => reason.Key.Contains("version", StringComparison.Ordinal));
        Assert.Equal(2, Assert.Single(await organization.EntriesAsync()).Content.SchemaVersion);
    }

    [Theory]
    [InlineData("")]
    [InlineData("when,who\n1,2\n")]
    public async Task A_file_that_is_none_is_refused(string file)
    {
        var organization = await fixture.NewAsync();
        await Assert.ThrowsAsync<RefusedException>(() => ImportAsync(organization, file));
    }

    private Task<CsvImportResult> ImportAsync(Organization organization, string csv) => fixture.Console.Services.GetRequiredService<CsvImport>()
        .ImportAsync(organization.Tenant, new MemoryStream(Encoding.UTF8.GetBytes(csv)), _ => Task.CompletedTask, CancellationToken.None);
}
