using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AuditConsole.Tests.CommandLine;
using Xunit.Abstractions;

namespace AuditConsole.Tests.Operations;

/// <summary>
/// Kills a real server with SIGKILL at random moments while 64 writers append. <c>KILL_ROUNDS</c> says how often (3).
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Writers = 64;

    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("KILL_ROUNDS") ?? "3", CultureInfo.InvariantCulture);

    private readonly string _data = Directory.CreateTempSubdirectory("audit-console-").FullName;
    private readonly ConcurrentDictionary<string, Place[]> _acknowledged = new();
    private volatile TaskCompletionSource _serving = new();
    private int _retries;
    private int _replays;

    private sealed record Place(Guid Id, long Sequence, string Hash);

    private sealed record Answer(Place[] Data);

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task No_acknowledged_entry_is_lost_or_doubled_by_a_killed_server()
    {
        Assert.Equal(0, (await ConsoleProcess.RunAsync(_data, null, "tenants", "add", "--slug", "acme", "--name", "Acme")).Exit);
        var key = await ConsoleProcess.RunAsync(_data, null, "keys", "create", "--name", "writer", "--scope", "events:write", "--tenant", "acme");
        Assert.Equal(0, key.Exit);
        var address = ConsoleProcess.FreeAddress();
        using var stop = new CancellationTokenSource();
        var server = await ServeAsync(address);
        _serving.SetResult();
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(writer, address, key.Out.Trim(), stop.Token)).ToArray();
        try
        {
            var random = new Random(Rounds);
            for (var round = 0; round < Rounds; round++)
            {
                await Task.Delay(random.Next(100, 1500));
                _serving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await server.KillAsync();
                server.Dispose();
                server = await ServeAsync(address);
                _serving.SetResult();
            }
            await Task.Delay(300);
            await stop.CancelAsync();
            await Task.WhenAll(writers);
            Assert.Equal(0, await server.StopAsync());
        }
        finally
        {
            server.Dispose();
        }

        var verified = await ConsoleProcess.RunAsync(_data, null, "verify");
        Assert.True(verified.Exit == 0, verified.Error);
        var stored = (await StoredEntries.ReadAsync(_data, "acme")).Where(entry => entry.Content.CorrelationId is not null).ToList();
        output.WriteLine($"{Rounds} kills: {_acknowledged.Count} requests with {stored.Count} entries acknowledged, {_retries} tries failed, {_replays} answers replayed.");
        Assert.Equal(_acknowledged.Values.Sum(places => places.Length), stored.Count);
        Assert.Equal(stored.Count, stored.Select(entry => entry.Content.CorrelationId).Distinct().Count());
        var byName = stored.ToDictionary(entry => entry.Content.CorrelationId!, entry => new Place(entry.Id, entry.Sequence, entry.Hash.ToString()));
        foreach (var (request, places) in _acknowledged)
        {
            for (var i = 0; i < places.Length; i++)
            {
                Assert.Equal(places[i], byName[$"{request}/{i}"]);
            }
        }
    }

    private Task<ConsoleProcess> ServeAsync(Uri address) =>
        ConsoleProcess.ServeAsync(_data, address, "--RateLimits:WritesPerMinute=100000000");

    private async Task WriteAsync(int writer, Uri address, string key, CancellationToken stop)
    {
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Add("X-API-Key", key);
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var request = $"w{writer}-{number}";
            var entries = Enumerable.Range(0, 1 + number % 3).Select(i => new
            {
                action = "RuleEdited",
                actor = new { type = "user", id = $"usr_{writer}" },
                target = new { type = "Rule", id = $"rul_{number % 50}", slug = $"rule-{number % 50}" },
                correlation_id = $"{request}/{i}",
                metadata = new { number, text = "why the rule was changed" },
            }).ToArray();
            _acknowledged[request] = await SendUntilAcknowledgedAsync(client, request, entries);
        }
    }

    // A writer gives up nothing: the same request again, with the same key, until it is acknowledged.
    private async Task<Place[]> SendUntilAcknowledgedAsync(HttpClient client, string key, object entries)
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
                    if (answer.Headers.Contains("Idempotency-Replayed"))
                    {
                        Interlocked.Increment(ref _replays);
                    }
                    return (await answer.Content.ReadFromJsonAsync<Answer>(JsonSerializerOptions.Web))!.Data;
                }
                Assert.True((int)answer.StatusCode >= 500, await answer.Content.ReadAsStringAsync());
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException)
            {
            }
            Interlocked.Increment(ref _retries);
            // 64 writers that hammer a closed port take the time that the server needs to start.
            await _serving.Task;
            await Task.Delay(5);
        }
    }
}
