using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AuditConsole.Tests.CommandLine;
using AuditConsole.Tests.Streams.Destinations;
using Microsoft.AspNetCore.Http;

namespace AuditConsole.Tests.ScheduledExports;

/// <summary>A real server is killed with SIGKILL while it writes a run; exports are set up and watched from the command line.</summary>
public sealed class KilledExportTests : IAsyncLifetime
{
    // Far beyond what a slow machine needs: a run that hangs fails its test instead of the whole run.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _data = Directory.CreateTempSubdirectory("audit-console-").FullName;
    private readonly RecordingBucket _bucket = new();
    private string _counted = "";

    public Task InitializeAsync() => _bucket.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _bucket.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task A_run_that_was_killed_goes_on_in_the_same_objects_and_is_there_once()
    {
        var draft = $$"""
            {"name":"Nightly","destination":"s3-compatible","format":"ndjson","schedule":"daily 06:00","since":"2020-01-01","rows_per_part":10,
             "settings":{"endpoint":"{{_bucket.Address}}","bucket":"acme","access_key_id":"AKIAEXAMPLE000000000","secret_access_key":"the secret of the bucket"}
            }
            """;
        var address = ConsoleProcess.FreeAddress();
        _bucket.HangsAt = "part-00002.ndjson.gz";
        string id;
        using (var server = await ServeAsync(address))
        {
            await RunAsync(null, "tenants", "add", "--slug", "acme", "--name", "Acme");
            var key = (await RunAsync(null, "keys", "create", "--name", "writer", "--scope", "events:write", "--tenant", "acme")).Trim();
            id = (await RunAsync(draft, "scheduled-exports", "add", "-", "--tenant", "acme")).Split('\n')[0].Trim();
            await AppendAsync(address, key, 25);
            await RunAsync(null, "scheduled-exports", "run", "--export", id);
            await _bucket.Hung.Task.WaitAsync(Patience);
            await server.KillAsync();
        }
        _bucket.HangsAt = null;
        using (var server = await ServeAsync(address))
        {
            await _bucket.Complete.Task.WaitAsync(Patience);
            await WatchAsync(id);
            Assert.Equal(0, await server.StopAsync());
        }

        var manifest = JsonNode.Parse(_bucket.Objects.Single(item => item.Key.EndsWith("/manifest.json", StringComparison.Ordinal)).Value)!;
        Assert.EndsWith("/manifest.json", _bucket.Written[^1].Key, StringComparison.Ordinal);
        var named = manifest["parts"]!.AsArray().SelectMany(part => new[] { part!["key"]!.GetValue<string>(), part["receipt"]!["key"]!.GetValue<string>() });
        Assert.Equal(named.Append("manifest.json").Count(), _bucket.Objects.Count);
        Assert.Contains(_bucket.Written.GroupBy(item => item.Key), same => same.Count() > 1);
        // What was written twice has the same bytes.
        Assert.All(
            _bucket.Written.Where(item => !item.Key.Contains(".receipt.", StringComparison.Ordinal)).GroupBy(item => item.Key),
            same => Assert.Single(same.Select(item => item.Hash).Distinct()));
        var sequences = manifest["parts"]!.AsArray().SelectMany(part => LinesOf(_bucket.Objects.Single(item => item.Key.EndsWith(part!["key"]!.GetValue<string>(), StringComparison.Ordinal)).Value)
            .Select(line => JsonNode.Parse(line)!["sequence"]!.GetValue<long>())).ToList();
        Assert.Equal(Enumerable.Range(1, manifest["range"]!["until"]!.GetValue<int>()).Select(number => (long)number), sequences);
        Assert.Equal(sequences.Count, manifest["count"]!.GetValue<int>());
        Assert.Equal(sequences.Count.ToString(CultureInfo.InvariantCulture), _counted);
    }

    private async Task WatchAsync(string id)
    {
        string[] run;
        var started = TimeProvider.System.GetTimestamp();
        do
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "The manifest is there, and the run isn't done.");
            run = Assert.Single((await RunAsync(null, "scheduled-exports", "runs", "--export", id)).Split('\n', StringSplitOptions.RemoveEmptyEntries)).Split('\t');
        }
        // The manifest stands before it is noted that it does.
        while (run[1] != "done");
        _counted = run[3];
        var list = await RunAsync(null, "scheduled-exports", "list", "--json");
        Assert.Equal("Nightly", JsonNode.Parse(list)![0]!["name"]!.GetValue<string>());
        Assert.DoesNotContain("the secret", list, StringComparison.Ordinal);
        await RunAsync(null, "scheduled-exports", "pause", "--export", id);
        Assert.Contains("\tpaused\t", await RunAsync(null, "scheduled-exports", "list"), StringComparison.Ordinal);
        await RunAsync(null, "scheduled-exports", "remove", "--export", id);
        Assert.Equal("", await RunAsync(null, "scheduled-exports", "list"));
    }

    private static string[] LinesOf(byte[] compressed)
    {
        using var reader = new StreamReader(new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task AppendAsync(Uri address, string key, int count)
    {
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Add("X-API-Key", key);
        var entries = Enumerable.Range(0, count).Select(i => new { action = "RuleEdited", actor = new { type = "user", id = "usr_1" }, target = new { type = "Rule", id = $"rul_{i}" } });
        using var answer = await client.PostAsJsonAsync("/api/audit-log", entries);
        answer.EnsureSuccessStatusCode();
    }

    private Task<string> RunAsync(string? input, params string[] arguments) => ServedCommand.DoneAsync(_data, input, arguments);

    private Task<ConsoleProcess> ServeAsync(Uri address) => ConsoleProcess.ServeAsync(_data, address, "--Streams:AllowedNetworks:0=127.0.0.0/8", "--Streams:Retries:0=00:00:00.1");

    /// <summary>A bucket that keeps what it was sent, and can hold one request for good.</summary>
    private sealed class RecordingBucket : StubServer
    {
        private readonly ConcurrentQueue<(string Key, string Hash)> _written = [];

        public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

        public IReadOnlyList<(string Key, string Hash)> Written => [.. _written];

        public string? HangsAt { get; set; }

        public TaskCompletionSource Hung { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Complete { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override async Task<StubAnswer> AnswerAsync(HttpContext context, byte[] body)
        {
            var key = context.Request.Path.Value!;
            if (context.Request.Method != "PUT")
            {
                return S3Stub.Error(404, "NoSuchKey");
            }
            // Written, and the answer never comes: as where the cable is cut.
            Objects[key] = body;
            _written.Enqueue((key, Convert.ToHexStringLower(SHA256.HashData(body))));
            if (HangsAt is { } name && key.EndsWith(name, StringComparison.Ordinal))
            {
                Hung.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
            if (key.EndsWith("/manifest.json", StringComparison.Ordinal))
            {
                Complete.TrySetResult();
            }
            return new StubAnswer(200, "", ("ETag", $"\"{Convert.ToHexStringLower(MD5.HashData(body))}\""));
        }
    }
}
