using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Storage.Sqlite;
using AuditConsole.Tests.CommandLine;
using AuditConsole.Tests.Holds;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace AuditConsole.Tests.Storage.Segments;

/// <summary>
/// Kills a real server with SIGKILL while it seals and puts together segments of their real sizes, or makes those of a
/// database of the first version. <c>KILL_ROUNDS</c> says how often (3).
/// </summary>
public sealed class KilledSealingTests(ITestOutputHelper output) : IDisposable
{
    private const int Writers = 4;
    private const int EntriesInRequest = 500;
    private const int Small = 4096;
    private const int Large = 65536;

    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("KILL_ROUNDS") ?? "3", CultureInfo.InvariantCulture);

    private readonly string _data = Directory.CreateTempSubdirectory("audit-console-").FullName;
    private readonly DateTimeOffset _start = WireTime.Truncate(TimeProvider.System.GetUtcNow()).AddDays(-20);
    private readonly ConcurrentDictionary<long, NewEntry> _acknowledged = new();
    private readonly Random _random = new(Rounds);

    private sealed record Place(long Sequence);

    private sealed record Answer(Place[] Data);

    private readonly record struct Progress(long Migrations, long Size, long Sealed, long Segments);

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Whatever_it_was_sealing_when_it_was_killed_the_log_reads_as_a_plain_list()
    {
        Assert.Equal(0, (await ConsoleProcess.RunAsync(_data, null, "tenants", "add", "--slug", "acme", "--name", "Acme")).Exit);
        var key = await ConsoleProcess.RunAsync(_data, null, "keys", "create", "--name", "writer", "--scope", "events:write", "--tenant", "acme");
        Assert.Equal(0, key.Exit);
        var address = ConsoleProcess.FreeAddress();
        using var stop = new CancellationTokenSource();
        var server = await ServeAsync(address);
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(writer, address, key.Out.Trim(), stop.Token)).ToArray();
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                // In the middle of making a small one; of the last it comes to a large one.
                var segments = round == Rounds - 1 ? Large / Small : 1 + _random.Next(4);
                var target = Read().Sealed / Small * Small + segments * Small;
                await UntilAsync(server, now => now.Size >= target);
                await Task.Delay(_random.Next(40));
                await server.KillAsync();
                output.WriteLine($"Killed at {Read()}.");
                RequireNothingMended(server);
                server.Dispose();
                server = await ServeAsync(address);
            }
            await UntilAsync(server, now => now.Sealed > Large);
            await stop.CancelAsync();
            await Task.WhenAll(writers);
            Assert.Equal(0, await server.StopAsync());
            RequireNothingMended(server);
        }
        finally
        {
            await stop.CancelAsync();
            server.Dispose();
        }
        await RequireRightAsync("acme", _acknowledged.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public async Task Bringing_an_old_database_up_to_date_goes_on_where_it_was_killed()
    {
        // More than a small segment each: the start makes them one by one.
        const int whole = 14 * Small;
        const int count = whole + 100;
        var entries = Enumerable.Range(1, count).Select(i => (Sequence: (long)i, Content: EntryOf(i))).ToList();
        await using (var storage = new TestStorage(_data) { Sizes = new() })
        {
            await storage.InitializeAsync();
            var tenant = await storage.AddTenantAsync();
            foreach (var batch in entries.Chunk(1000))
            {
                await storage.Store.AppendAsync(TestEntries.Request(tenant, [.. batch.Select(entry => entry.Content)]), default);
            }
            await storage.StopAsync();
            FirstVersion.Make(storage);
        }
        var address = ConsoleProcess.FreeAddress();
        var before = Read();
        for (var round = 0; round < Rounds; round++)
        {
            using var server = ConsoleProcess.Start(_data, $"--Urls={address.GetLeftPart(UriPartial.Authority)}");
            // The first within the migrations, the others within the segments.
            await UntilAsync(server, now =>
            {
                Assert.True(now.Migrations >= before.Migrations && now.Sealed >= before.Sealed, $"It began anew: {before}, {now}.");
                return round == 0 ? now.Migrations > before.Migrations : now.Sealed > before.Sealed || now.Sealed == whole;
            });
            await Task.Delay(_random.Next(10));
            await server.KillAsync();
            before = Read();
            output.WriteLine($"Killed at {before}.");
        }
        Assert.InRange(before.Sealed, 1, whole);
        using (var server = await ServeAsync(address))
        {
            Assert.Equal(whole, Read().Sealed);
            // On a busy machine the last kill may have come behind the last segment.
            Assert.Equal(before.Sealed < whole, server.Log.Contains($"Making the index of {count - before.Sealed} entries", StringComparison.Ordinal));
            Assert.Equal(before.Sealed < whole, server.Log.Contains("Making the index", StringComparison.Ordinal));
            Assert.Equal(0, await server.StopAsync());
        }
        await RequireRightAsync("tenant-1", entries);
    }

    /// <summary>Pages, counts and histograms are those of a plain list, and verify finds nothing.</summary>
    private async Task RequireRightAsync(string slug, IEnumerable<(long Sequence, NewEntry Content)> entries)
    {
        var verified = await ConsoleProcess.RunAsync(_data, null, "verify");
        Assert.True(verified.Exit == 0, verified.Error);
        var list = entries.Select(entry => new ModelEntry(entry.Sequence, entry.Content, entry.Content.OccurredAt!.Value)).ToList();
        await using var log = await StoredLog.OpenAsync(_data, slug);
        // The service's own entries are of other types.
        var all = new EntryFilter { Scope = log.Scope, EntityType = "Rule" };
        foreach (var filter in new[]
        {
            all, all with { Slug = "rule-7" }, all with { Action = "RuleEdited", Actor = "usr_2" }, all with { Ip = "203.0.113.0/30" }, all with { Target = "other-3" },
            all with { From = _start.AddDays(3), To = _start.AddDays(4), Actor = "usr_1" }, all with { EntityId = "rul_5", Action = "RuleCreated" },
        })
        {
            var expected = list.Where(entry => entry.Matches(filter)).OrderByDescending(entry => entry.OccurredAt).ThenByDescending(entry => entry.Sequence).ToList();
            Assert.NotEmpty(expected);
            Assert.Equal(expected.Count, await log.Store.CountAsync(filter, long.MaxValue, default));
            Assert.Equal(
                expected.GroupBy(entry => DateOnly.FromDateTime(entry.OccurredAt.UtcDateTime)).OrderBy(day => day.Key).Select(day => new DayCount(day.Key, day.Count())),
                await log.Store.CountByDayAsync(filter, long.MaxValue, default));
            var page = await log.Store.ReadPageAsync(filter, new PageRequest(100), default);
            for (var start = 0; start < 500 && start < expected.Count; start += 100)
            {
                Assert.Equal(expected.Skip(start).Take(100).Select(entry => entry.Sequence), page.Entries.Select(entry => entry.Sequence));
                Assert.Equal(start + 100 < expected.Count, page.HasOlder);
                page = await log.Store.ReadPageAsync(filter, new PageRequest(100, OlderThan: new EntryPosition(page.Entries[^1].OccurredAt, page.Entries[^1].Sequence)), default);
            }
        }
    }

    private Task<ConsoleProcess> ServeAsync(Uri address) =>
        ConsoleProcess.ServeAsync(_data, address, "--RateLimits:WritesPerMinute=100000000");

    // A kill damages nothing: what is half made isn't there.
    private static void RequireNothingMended(ConsoleProcess server) => Assert.DoesNotContain("made anew", server.Log, StringComparison.Ordinal);

    private async Task WriteAsync(int writer, Uri address, string key, CancellationToken stop)
    {
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Add("X-API-Key", key);
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var entries = Enumerable.Range(number * EntriesInRequest, EntriesInRequest).Select(EntryOf).ToArray();
            var places = await SendUntilAcknowledgedAsync(client, $"w{writer}-{number}", [.. entries.Select(Wire)]);
            for (var i = 0; i < places.Length; i++)
            {
                Assert.True(_acknowledged.TryAdd(places[i].Sequence, entries[i]));
            }
        }
    }

    private static async Task<Place[]> SendUntilAcknowledgedAsync(HttpClient client, string key, object[] entries)
    {
        while (true)
        {
            try
            {
                using var message = new HttpRequestMessage(HttpMethod.Post, "/api/audit-log") { Content = JsonContent.Create(entries) };
                message.Headers.Add("Idempotency-Key", key);
                using var answer = await client.SendAsync(message);
                if (answer.StatusCode == HttpStatusCode.Created)
                {
                    return (await answer.Content.ReadFromJsonAsync<Answer>(JsonSerializerOptions.Web))!.Data;
                }
                Assert.True((int)answer.StatusCode >= 500, await answer.Content.ReadAsStringAsync());
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException)
            {
            }
            await Task.Delay(20);
        }
    }

    // Late ones, ties, and values that are rare and frequent.
    private NewEntry EntryOf(int i) => new()
    {
        Actor = new Actor("user", $"usr_{i % 3}"),
        Action = i % 5 == 0 ? "RuleCreated" : "RuleEdited",
        Target = new Resource("Rule", $"rul_{i % 50}", $"rule-{i % 50}"),
        Targets = i % 9 == 0 ? [new Resource("Profile", $"other-{i % 4}")] : [],
        OccurredAt = _start.AddMinutes(i % 11 == 0 ? i * 31 % 20_000 : i % 20_000),
        Ip = IPAddress.Parse($"203.0.113.{i % 13}"),
    };

    private static object Wire(NewEntry entry) => new
    {
        actor = new { type = entry.Actor.Type, id = entry.Actor.Id },
        action = entry.Action,
        target = new { type = entry.Target.Type, id = entry.Target.Id, slug = entry.Target.Slug },
        targets = entry.Targets.Select(target => new { type = target.Type, id = target.Id }).ToArray(),
        occurred_at = WireTime.Format(entry.OccurredAt!.Value),
        ip = entry.Ip!.ToString(),
    };

    private async Task UntilAsync(ConsoleProcess server, Func<Progress, bool> reached)
    {
        while (!reached(Read()))
        {
            Assert.False(server.HasExited, server.Log);
            await Task.Delay(5);
        }
    }

    /// <summary>How far the process has come, from outside; without writing, so that what a kill left is the next start's to mend.</summary>
    private Progress Read()
    {
        using var connection = SqlitePragmas.OpenForReading(Path.Combine(_data, "audit-console.db"));
        return new Progress(
            Ask("SELECT count(*) FROM __EFMigrationsHistory"), Ask("SELECT coalesce(max(size), 0) FROM chain"),
            Ask("SELECT coalesce(max(sealed), 0) FROM segment_state"), Ask("SELECT count(*) FROM segment"));

        long Ask(string sql)
        {
            try
            {
                using var command = connection.CreateCommand();
                command.CommandText = sql;
                return (long)command.ExecuteScalar()!;
            }
            catch (SqliteException fault) when (fault.SqliteErrorCode is 1 or 5)
            {
                // The table isn't there yet, or it is just being made.
                return 0;
            }
        }
    }
}
