using System.Diagnostics;
using System.Globalization;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Query;
using AuditConsole.Reading;
using AuditConsole.Tests.Ingest;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Reading;

/// <summary>Programs that follow the log.</summary>
[Collection(ReaderTests.Name)]
public sealed class TailTests(ReaderFixture fixture)
{
    private const int Writers = 16;

    // A long run is asked for by AUDIT_CONSOLE_TAIL_ENTRIES=100000.
    private static int Entries => int.TryParse(Environment.GetEnvironmentVariable("AUDIT_CONSOLE_TAIL_ENTRIES"), NumberStyles.None, CultureInfo.InvariantCulture, out var entries) ? entries : 4_000;

    [Fact]
    public async Task A_tail_beside_sixteen_writers_loses_none_and_gives_none_twice()
    {
        using var log = await fixture.NewAsync();
        var producer = await fixture.Console.AddKeyAsync(log.Tenant);
        var expected = Entries / Writers * Writers;
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            using var client = fixture.Console.NewClient(producer);
            var left = Entries / Writers;
            for (var size = 1 + writer % 7; left > 0; left -= size)
            {
                size = Math.Min(size, left);
                var body = "[" + string.Join(',', Enumerable.Range(0, size).Select(i => Bodies.Entry($"writer-{writer}-{left - i}"))) + "]";
                using var answer = await client.PostAsync("/api/audit-log", new StringContent(body, Encoding.UTF8, "application/json"));
                Assert.Equal(201, (int)answer.StatusCode);
            }
        })));
        var (seen, sequences, cursor) = (new HashSet<string>(), new List<long>(), "");
        var deadline = Stopwatch.StartNew();
        while (seen.Count < expected)
        {
            var page = await log.GetAsync($"/api/audit-log?order=asc&action=RuleEdited&limit=500&wait=10{cursor}");
            Assert.True(page.Status == 200, page.Body);
            foreach (var entry in page.Data)
            {
                Assert.True(seen.Add(entry.GetProperty("actor").GetProperty("id").GetString()!), "given twice");
                sequences.Add(entry.GetProperty("sequence").GetInt64());
            }
            cursor = $"&cursor={page.NextCursor}";
            // An empty page after the last writer has ended would mean a lost one.
            Assert.False(writing.IsCompleted && page is { HasMore: false, Data.Count: 0 }, $"{seen.Count} of {expected} were seen");
        }
        await writing;
        Assert.Equal(expected, seen.Count);
        Assert.True(sequences.SequenceEqual(sequences.Order()));
        Assert.Empty((await log.GetAsync($"/api/audit-log?order=asc&action=RuleEdited&limit=500{cursor}")).Data);
    }

    [Fact]
    public async Task A_cursor_behind_the_end_which_a_restored_backup_leaves_is_refused_at_once_and_not_waited_for()
    {
        using var log = await fixture.NewAsync(TestEntries.Entry(), TestEntries.Entry());
        var size = (await log.Store.ReadHeadAsync(log.Tenant.Number, default)).Size;
        var cursors = fixture.Console.Services.GetRequiredService<CursorProtector>();
        var list = new ReadQuery { IsAscending = true }.List().ToList();
        string At(long sequence) => cursors.Protect(new Cursor(sequence, 0), log.Tenant.Id, list);
        Assert.Equal([size], (await log.GetAsync($"/api/audit-log?order=asc&cursor={At(size - 1)}")).Sequences);
        Assert.Empty((await log.GetAsync($"/api/audit-log?order=asc&cursor={At(size)}")).Data);
        foreach (var wait in new[] { "", "&wait=30" })
        {
            (await log.GetAsync($"/api/audit-log?order=asc&cursor={At(size + 1)}{wait}")).AssertError(400, "invalid_cursor");
        }
    }

    [Fact]
    public async Task A_cursor_of_another_history_of_the_same_length_is_refused_and_not_read_on()
    {
        using var log = await fixture.NewAsync(TestEntries.Entry(), TestEntries.Entry(), TestEntries.Entry());
        var first = await log.GetAsync("/api/audit-log?order=asc&limit=1");
        var list = new ReadQuery { IsAscending = true }.List().ToList();
        var cursors = fixture.Console.Services.GetRequiredService<CursorProtector>();
        var cursor = cursors.Read(first.NextCursor!, log.Tenant.Id, list)!;
        Assert.NotEqual(0, cursor.Link);
        Assert.Equal(first.Sequences.First() + 1, (await log.GetAsync($"/api/audit-log?order=asc&limit=1&cursor={first.NextCursor}")).Sequences.Single());

        // A backup was restored and others wrote: the place is there again, and another entry stands at it.
        var other = cursors.Protect(cursor with { Link = cursor.Link ^ 1 }, log.Tenant.Id, list);
        (await log.GetAsync($"/api/audit-log?order=asc&limit=1&cursor={other}")).AssertError(400, "invalid_cursor");
        (await log.GetAsync($"/api/audit-log?order=asc&limit=1&wait=30&cursor={other}")).AssertError(400, "invalid_cursor");
    }

    [Fact]
    public async Task The_worked_example_finds_who_became_owner()
    {
        using var log = await fixture.NewAsync(
            Changed("usr_1", "owner", -30), Changed("usr_2", "editor", -20), Changed("usr_3", "owner", -90), Changed("usr_4", "owner", -10),
            TestEntries.Entry(metadata: new { to = "owner" }));
        var since = TimeProvider.System.GetUtcNow().AddHours(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var answer = await log.GetAsync($"/api/audit-log?action=workspace.member.role_changed&since={since}");
        Assert.Equal(["usr_4", "usr_1"], answer.Data.Where(entry => entry.GetProperty("metadata").GetProperty("to").GetString() == "owner").Select(Name));
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "jq"))))
        {
            return;
        }
        using var jq = Process.Start(new ProcessStartInfo("jq", ["-r", ".data[] | select(.metadata.to == \"owner\") | .target.id"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await jq.StandardInput.WriteAsync(answer.Body);
        jq.StandardInput.Close();
        Assert.Equal("usr_4\nusr_1\n", await jq.StandardOutput.ReadToEndAsync());

        static string? Name(System.Text.Json.JsonElement entry) => entry.GetProperty("target").GetProperty("id").GetString();
    }

    private static NewEntry Changed(string who, string to, int minutes) => new()
    {
        Actor = new Actor("user", "usr_41"),
        Action = "workspace.member.role_changed",
        Target = new Resource("Member", who),
        OccurredAt = WireTime.Truncate(TimeProvider.System.GetUtcNow().AddMinutes(minutes)),
        Metadata = CanonicalObject.From(new { from = "viewer", to }),
    };
}
