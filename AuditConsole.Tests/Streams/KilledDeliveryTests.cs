using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using AuditConsole.Tests.CommandLine;
using AuditConsole.Tests.Operations;
using Xunit.Abstractions;

namespace AuditConsole.Tests.Streams;

/// <summary>
/// Kills a real server with SIGKILL at random moments while 16 writers append and the receivers fail in every way.
/// <c>STREAM_KILL_ROUNDS</c> says how often (2).
/// </summary>
public sealed class KilledDeliveryTests(NginxFixture nginx, ITestOutputHelper output) : IClassFixture<NginxFixture>, IAsyncLifetime
{
    private const int Writers = 16;
    private const int MostEntries = 40;

    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("STREAM_KILL_ROUNDS") ?? "2", CultureInfo.InvariantCulture);

    private readonly string _data = Directory.CreateTempSubdirectory("audit-console-").FullName;
    private ReceiverHost _receivers = null!;
    private volatile bool _fails = true;

    public async Task InitializeAsync() => _receivers = await ReceiverHost.StartAsync();

    public async Task DisposeAsync()
    {
        await _receivers.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Every_entry_arrives_in_order_and_duplicates_carry_the_same_id()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"Seed {seed}");
        var batches = _receivers.Add(Faults(new Random(seed)));
        var singles = _receivers.Add(Faults(new Random(seed + 1)));
        var address = ConsoleProcess.FreeAddress();
        using var stop = new CancellationTokenSource();
        var server = await ServeAsync(address);
        await RunAsync(null, "tenants", "add", "--slug", "acme", "--name", "Acme");
        var key = (await RunAsync(null, "keys", "create", "--name", "writer", "--scope", "events:write", "--tenant", "acme")).Trim();
        var first = await AddAsync("batches", "http", batches.Address, "");
        var second = await AddAsync("singles", "webhook", singles.Address, "\"actions\":[\"RuleArchived\"]");
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(writer, address, key, stop.Token)).ToArray();
        try
        {
            var random = new Random(seed + 2);
            for (var round = 0; round < Rounds; round++)
            {
                await Task.Delay(random.Next(300, 1500));
                await server.KillAsync();
                server.Dispose();
                server = await ServeAsync(address);
                // 410 stops a stream until somebody says go on.
                await ResumeAsync((first, batches), (second, singles));
            }
            await stop.CancelAsync();
            await Task.WhenAll(writers);
            _fails = false;
            await ResumeAsync((first, batches), (second, singles));
            var stored = await StoredEntries.ReadAsync(_data, "acme");
            var last = stored[^1].Sequence;
            // Each stream begins with the entry that tells of its own creation.
            var all = stored.Where(entry => entry.Content.Target.Id == first).Min(entry => entry.Sequence);
            var wanted = stored.Where(entry => entry.Sequence >= all).Select(entry => entry.Sequence).ToHashSet();
            await batches.UntilAsync(got => wanted.IsSubsetOf(got.TakenSequences), int.MaxValue);
            var archived = stored.Where(entry => entry.Content.Action == "RuleArchived").Select(entry => entry.Sequence).ToHashSet();
            await singles.UntilAsync(got => archived.IsSubsetOf(got.TakenSequences), int.MaxValue);
            output.WriteLine($"{Rounds} kills: {wanted.Count} entries in {batches.All.Count} requests of which {batches.Taken.Count} were taken under {batches.Taken.DistinctBy(one => one.Id).Count()} ids; "
                + $"{archived.Count} deliveries in {singles.All.Count} requests of which {singles.Taken.Count} were taken.");
            AssertOrder(batches);
            AssertOrder(singles);
            Assert.Equal(archived.Order(), singles.TakenSequences.Distinct().Order());
            Assert.Equal(0, await server.StopAsync());
        }
        finally
        {
            await stop.CancelAsync();
            server.Dispose();
        }
    }

    /// <summary>The same with a real nginx at the other side, which stores what it takes.</summary>
    [Fact]
    public async Task Every_entry_arrives_in_order_at_nginx()
    {
        var random = new Random();
        var address = ConsoleProcess.FreeAddress();
        using var stop = new CancellationTokenSource();
        var server = await ServeAsync(address);
        await RunAsync(null, "tenants", "add", "--slug", "acme", "--name", "Acme");
        var key = (await RunAsync(null, "keys", "create", "--name", "writer", "--scope", "events:write", "--tenant", "acme")).Trim();
        var id = await AddAsync("nginx", "http", nginx.Http("/bad-day"), "");
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(writer, address, key, stop.Token)).ToArray();
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                await Task.Delay(random.Next(300, 1500));
                await server.KillAsync();
                server.Dispose();
                server = await ServeAsync(address);
                // 410 stops a stream until somebody says go on.
                await RunAsync(null, "streams", "resume", "--stream", id);
            }
            await stop.CancelAsync();
            await Task.WhenAll(writers);
            nginx.EndBadDay();
            await RunAsync(null, "streams", "resume", "--stream", id);
            for (var started = TimeProvider.System.GetTimestamp(); (await RunAsync(null, "streams", "list")).Split('\t')[3] != "0"; await Task.Delay(50))
            {
                Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(5), await RunAsync(null, "streams", "list"));
            }
            Assert.Equal(0, await server.StopAsync());
        }
        finally
        {
            await stop.CancelAsync();
            server.Dispose();
        }
        var stored = await StoredEntries.ReadAsync(_data, "acme");
        var first = stored.Where(entry => entry.Content.Target.Id == id).Min(entry => entry.Sequence);
        var requests = await nginx.BadDayAsync();
        // Where the service died while it sent, nginx may have the beginning of a body. What it answered for 2xx is whole.
        var taken = requests.Where(request => request.Body is not null && (request.Status != 499 || request.Body.EndsWith(']'))).ToList();
        output.WriteLine($"{Rounds} kills: {stored.Count} entries in {requests.Count} requests, {string.Join(", ", requests.GroupBy(one => one.Status).OrderBy(same => same.Key).Select(same => $"{same.Count()} × {same.Key}"))}.");
        Assert.All(taken.GroupBy(request => request.Id), same => Assert.Single(same.Select(request => request.Body).Distinct()));
        var once = taken.DistinctBy(request => request.Id).SelectMany(request => new Received(request.Id, new Dictionary<string, string>(), Encoding.UTF8.GetBytes(request.Body!)).Sequences).ToList();
        Assert.Equal(once.Order().Distinct(), once);
        var confirmed = taken.Where(request => request.Status == 200).SelectMany(request => new Received(request.Id, new Dictionary<string, string>(), Encoding.UTF8.GetBytes(request.Body!)).Sequences).ToHashSet();
        Assert.Empty(stored.Where(entry => entry.Sequence >= first && !confirmed.Contains(entry.Sequence)).Select(entry => entry.Sequence));
        Assert.False(Directory.EnumerateFiles(nginx.Followed).Any());
    }

    private static void AssertOrder(Receiver receiver)
    {
        var taken = receiver.Taken;
        Assert.All(taken.GroupBy(request => request.Id), same => Assert.Single(same.Select(request => request.Text.Contains("\"timestamp\"", StringComparison.Ordinal) ? request.Id : request.Text).Distinct()));
        var once = taken.DistinctBy(request => request.Id).SelectMany(request => request.Sequences).ToList();
        Assert.Equal(once.Order().Distinct(), once);
    }

    /// <summary>What a bad day brings, in random order: refusals before an entry is taken, and cuts after it was.</summary>
    private Func<Received, Answer> Faults(Random random) => request =>
    {
        // A receiver's limit is the same every time.
        if (request.Sequences.Count > MostEntries)
        {
            return new Answer(413);
        }
        if (!_fails)
        {
            return Answer.Ok;
        }
        int fault;
        lock (random)
        {
            fault = random.Next(24);
        }
        return fault switch
        {
            0 => new Answer(500),
            1 => new Answer(503, RetryAfter: "0"),
            2 => new Answer(429, RetryAfter: "0"),
            3 => new Answer(302, Location: "http://169.254.169.254/"),
            4 => Answer.Cut,
            5 => Answer.CutAfterTaking,
            6 => Answer.HangAfterTaking,
            7 when Random.Shared.Next(4) == 0 => new Answer(410),
            _ => Answer.Ok,
        };
    };

    private async Task<string> AddAsync(string name, string kind, Uri url, string filter)
    {
        var json = $$$"""{"name":"{{{name}}}","kind":"{{{kind}}}","filter":{{{{filter}}}},"settings":{"url":"{{{url}}}"}}""";
        return (await RunAsync(json, "streams", "add", "-", "--tenant", "acme")).Split('\n')[0].Trim();
    }

    private async Task ResumeAsync(params (string Id, Receiver Receiver)[] streams)
    {
        foreach (var (id, _) in streams.Where(stream => stream.Receiver.HasSaidGone))
        {
            await RunAsync(null, "streams", "resume", "--stream", id);
        }
    }

    private Task<string> RunAsync(string? input, params string[] arguments) => ServedCommand.DoneAsync(_data, input, arguments);

    private Task<ConsoleProcess> ServeAsync(Uri address) => ConsoleProcess.ServeAsync(
        _data, address, "--RateLimits:WritesPerMinute=100000000", "--Streams:AllowedNetworks:0=127.0.0.0/8", "--Streams:Pace=00:00:00.01", "--Streams:Retries:0=00:00:00.02");

    private static async Task WriteAsync(int writer, Uri address, string key, CancellationToken stop)
    {
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Add("X-API-Key", key);
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var entries = Enumerable.Range(0, 1 + number % 3).Select(i => new
            {
                action = (writer + number + i) % 10 == 0 ? "RuleArchived" : "RuleEdited",
                actor = new { type = "user", id = $"usr_{writer}" },
                target = new { type = "Rule", id = $"rul_{number % 50}" },
            });
            try
            {
                using var answer = await client.PostAsJsonAsync("/api/audit-log", entries, CancellationToken.None);
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException)
            {
            }
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
