using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AuditConsole.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Benchmarks;

/// <summary>
/// Measures a backlog for each kind of destination against a receiver on loopback that answers at once what the kind's
/// protocol asks for, and the same bytes posted to it by a bare loop.
/// </summary>
internal sealed class DeliverKinds : IAsyncDisposable
{
    /// <summary>All kinds, by their names in streams.</summary>
    public static readonly IReadOnlyList<string> All = ["http", "splunk-hec", "datadog", "s3-compatible", "gcs", "bigquery", "snowflake", "webhook"];

    private static readonly TimeSpan StandStill = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Beginning = TimeSpan.FromMinutes(2);

    private readonly ConcurrentQueue<int> _sizes = new();
    private readonly RSA _key = RSA.Create(2048);
    private readonly WebApplication _receiver;
    private readonly ConcurrentDictionary<string, string> _committed = new();

    private DeliverKinds(WebApplication receiver) => _receiver = receiver;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_receiver.Urls.First());

    /// <summary>Starts the receiver.</summary>
    public static async Task<DeliverKinds> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = null);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var kinds = new DeliverKinds(builder.Build());
        kinds._receiver.Run(kinds.AnswerAsync);
        await kinds._receiver.StartAsync();
        return kinds;
    }

    /// <summary>A client all of whose requests arrive at the receiver, whatever host they name.</summary>
    public HttpClient Client() => new(new ToReceiver(this) { InnerHandler = new SocketsHttpHandler { UseProxy = false } });

    /// <summary>Delivers the whole log to a kind.</summary>
    /// <returns>The figures, a sentence.</returns>
    public async Task<string> MeasureAsync(StreamService service, StreamOwner owner, string kind)
    {
        _sizes.Clear();
        var started = Stopwatch.GetTimestamp();
        var id = (await service.AddAsync(owner, new StreamDraft { Name = kind, Kind = kind, Since = DateTimeOffset.UnixEpoch, Settings = SettingsOf(kind) }, default)).Id;
        var (delivered, at) = (0L, started);
        // The last batch of an object or a load job waits for more: what counts is the time until then.
        while (Stopwatch.GetElapsedTime(at) < (delivered == 0 ? Beginning : StandStill))
        {
            var status = (await service.GetAsync(owner, id, default)).Status;
            if (status.State != StreamState.Active || status.LastError is not null)
            {
                throw new InvalidOperationException($"{kind}: {status.Reason ?? status.LastError}");
            }
            if (status.Replay!.Delivered > delivered)
            {
                (delivered, at) = (status.Replay.Delivered, Stopwatch.GetTimestamp());
            }
            if (status.Replay.FinishedAt is not null)
            {
                break;
            }
            await Task.Delay(20);
        }
        var ours = Stopwatch.GetElapsedTime(started, at);
        await service.DeleteAsync(owner, id, default);
        var bodies = _sizes.ToList();
        var bare = await PostAsync(bodies);
        return string.Create(CultureInfo.InvariantCulture,
            $"{kind}: {delivered:N0} entries in {bodies.Count:N0} requests, {bodies.Sum(size => (long)size) / 1e6:0.0} MB: {delivered / ours.TotalSeconds:N0} entries/s; a bare loop with the same bytes {delivered / bare.TotalSeconds:N0}, {ours / bare:0.0} times as fast");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _key.Dispose();
        await _receiver.DisposeAsync();
    }

    private async Task<TimeSpan> PostAsync(List<int> bodies)
    {
        var bytes = new byte[bodies.Max()];
        using var client = new HttpClient();
        var started = Stopwatch.GetTimestamp();
        foreach (var size in bodies)
        {
            using var content = new ByteArrayContent(bytes, 0, size);
            using var answer = await client.PostAsync(Address, content);
        }
        return Stopwatch.GetElapsedTime(started);
    }

    private Dictionary<string, string> SettingsOf(string kind)
    {
        var account = new Dictionary<string, string>
        {
            ["type"] = "service_account",
            ["project_id"] = "bench",
            ["private_key_id"] = "k1",
            ["private_key"] = _key.ExportPkcs8PrivateKeyPem(),
            ["client_email"] = "bench@bench.iam.gserviceaccount.com",
            ["token_uri"] = "https://oauth2.googleapis.com/token",
        };
        return kind switch
        {
            "splunk-hec" => new() { ["url"] = Address.ToString(), ["token"] = Guid.Empty.ToString() },
            "datadog" => new() { ["api_key"] = new string('a', 32) },
            "s3-compatible" => new() { ["endpoint"] = Address.ToString(), ["bucket"] = "bench", ["access_key_id"] = "AKIABENCHBENCHBENCH0", ["secret_access_key"] = "secret" },
            "gcs" => new() { ["bucket"] = "bench", ["service_account"] = JsonSerializer.Serialize(account) },
            "bigquery" => new() { ["project"] = "bench", ["dataset"] = "bench", ["table"] = "bench", ["bucket"] = "bench", ["mode"] = "quick", ["service_account"] = JsonSerializer.Serialize(account) },
            "snowflake" => new() { ["account"] = "bench", ["user"] = "bench", ["database"] = "bench", ["private_key"] = _key.ExportPkcs8PrivateKeyPem() },
            _ => new() { ["url"] = Address.ToString() },
        };
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var buffer = new byte[64 * 1024];
        var size = 0;
        var first = "";
        for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
        {
            first = size == 0 ? Encoding.UTF8.GetString(buffer, 0, Math.Min(read, 256)) : first;
            size += read;
        }
        var path = context.Request.Path.Value!;
        if (path.EndsWith("/rows", StringComparison.Ordinal))
        {
            _committed[path.Split('/')[^2]] = context.Request.Query["endOffsetToken"].ToString();
        }
        _sizes.Enqueue(size);
        context.Response.StatusCode = path == "/api/v2/logs" ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        await context.Response.WriteAsync(path switch
        {
            "/token" => """{"access_token":"t","expires_in":3599,"token_type":"Bearer"}""",
            "/oauth/token" => """{"token":"t"}""",
            "/v2/streaming/hostname" => """{"hostname":"bench.ingest.snowflakecomputing.com"}""",
            "/services/collector/event" => """{"text":"Success","code":0}""",
            _ when path.EndsWith(":bulk-channel-status", StringComparison.Ordinal) => """{"channel_statuses":{"c":{"rows_error_count":0,"last_committed_offset_token":" """.TrimEnd() + Committed(first) + "\"}}}",
            _ when path.StartsWith("/v2/streaming", StringComparison.Ordinal) => """{"next_continuation_token":"n","channel_status":{"rows_error_count":0}}""",
            _ when context.Request.Method == HttpMethods.Put => "",
            _ => "{}",
        });
    }

    // {"channel_names":["name"]}
    private string Committed(string question) => _committed.GetValueOrDefault(question.Split('"')[^2], "");

    private sealed class ToReceiver(DeliverKinds kinds) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var to = kinds.Address;
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = to.Scheme, Host = to.Host, Port = to.Port }.Uri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
