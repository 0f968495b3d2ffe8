using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Tests.Streams;

/// <summary>A request that a receiver got.</summary>
internal sealed record Received(string Id, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    // Read once: who waits for the last of a hundred thousand entries asks for all of them again at each request.
    private readonly Lazy<IReadOnlyList<long>> _sequences = new(() => JsonNode.Parse(Body) switch
    {
        JsonArray entries => [.. entries.Select(entry => entry!["sequence"]!.GetValue<long>())],
        { } delivery => delivery["data"]?["sequence"] is { } sequence ? [sequence.GetValue<long>()] : [],
        null => [],
    });

    /// <summary>The sequences of a batch's entries, or of a webhook's one.</summary>
    public IReadOnlyList<long> Sequences => _sequences.Value;
}

/// <summary>What a receiver does with a request.</summary>
internal sealed record Answer(int Status, string? Body = null, string? RetryAfter = null, string? Location = null)
{
    public static Answer Ok { get; } = new(200);

    /// <summary>The connection ends without an answer.</summary>
    public static Answer Cut { get; } = new(-1);

    /// <summary>No answer comes until the other side gives up.</summary>
    public static Answer Hang { get; } = new(-2);

    /// <summary>The connection ends without an answer, but what was sent was taken.</summary>
    public static Answer CutAfterTaking { get; } = new(-3);

    /// <summary>As that, a moment later.</summary>
    public static Answer HangAfterTaking { get; } = new(-4);

    /// <summary>An answer begins and doesn't end until the other side gives up.</summary>
    public static Answer HangInBody { get; } = new(-5);

    public bool IsTaken => Status is >= 200 and < 300 or -3 or -4;
}

/// <summary>Real HTTP on a real port; each receiver has a path of its own. It is strict: a batch must be what the documentation says.</summary>
internal sealed class ReceiverHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Receiver> _receivers = new();

    private ReceiverHost(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    public static async Task<ReceiverHost> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = null);
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var host = new ReceiverHost(builder.Build());
        host._app.Map("/{name}/{**rest}", host.ReceiveAsync);
        host._app.MapPut("/bucket/{**name}", () => Results.Ok());
        await host._app.StartAsync();
        host.Address = new Uri(host._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return host;
    }

    /// <summary>A server that takes objects of every name, and doesn't say what it stored.</summary>
    public Uri Bucket => new(Address, "bucket");

    public Receiver Add(Func<Received, Answer>? answer = null)
    {
        var name = $"r{Guid.NewGuid():N}";
        return _receivers[name] = new Receiver(new Uri(Address, name)) { Answer = answer ?? (_ => Answer.Ok) };
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context, string name)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var receiver = _receivers[name];
        var answer = receiver.Receive(new Received(headers.GetValueOrDefault("webhook-id", ""), headers, body.ToArray()));
        if (answer == Answer.HangAfterTaking)
        {
            await Task.Delay(200);
        }
        if (answer == Answer.Cut || answer == Answer.CutAfterTaking || answer == Answer.HangAfterTaking)
        {
            context.Abort();
            return;
        }
        if (answer == Answer.HangInBody)
        {
            await context.Response.Body.FlushAsync();
        }
        if (answer == Answer.Hang || answer == Answer.HangInBody)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });
            return;
        }
        context.Response.StatusCode = answer.Status;
        if (answer.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = wait;
        }
        if (answer.Location is { } location)
        {
            context.Response.Headers.Location = location;
        }
        await context.Response.WriteAsync(answer.Body ?? "");
    }
}

/// <summary>One path of a host, what it got, and what it answers.</summary>
internal sealed class Receiver(Uri address)
{
    private readonly List<(Received Request, Answer Answer)> _got = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Uri Address { get; } = address;

    public Func<Received, Answer> Answer { get; set; } = _ => Streams.Answer.Ok;

    /// <summary>Everything that came, in order.</summary>
    public IReadOnlyList<Received> All
    {
        get
        {
            lock (_got)
            {
                return [.. _got.Select(pair => pair.Request)];
            }
        }
    }

    /// <summary>What it took: those that were answered 2xx, or would have been.</summary>
    public IReadOnlyList<Received> Taken
    {
        get
        {
            lock (_got)
            {
                return [.. _got.Where(pair => pair.Answer.IsTaken).Select(pair => pair.Request)];
            }
        }
    }

    /// <summary>Whether it ever answered 410.</summary>
    public bool HasSaidGone
    {
        get
        {
            lock (_got)
            {
                return _got.Any(pair => pair.Answer.Status == 410);
            }
        }
    }

    public IReadOnlyList<long> TakenSequences => [.. Taken.SelectMany(request => request.Sequences)];

    public Answer Receive(Received request)
    {
        var answer = Answer(request);
        TaskCompletionSource more;
        lock (_got)
        {
            _got.Add((request, answer));
            (more, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        more.SetResult();
        return answer;
    }

    /// <summary>
    /// Waits for a condition over what it got. After more requests than any test brings forth, and after two minutes, which
    /// no machine needs, it says what there was.
    /// </summary>
    public async Task UntilAsync(Func<Receiver, bool> condition, int mostRequests = 1000)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            Task more;
            lock (_got)
            {
                more = _more.Task;
            }
            if (condition(this))
            {
                return;
            }
            if (All.Count > mostRequests)
            {
                throw new TimeoutException($"It got {All.Count} requests, the last ones {string.Join(", ", All.TakeLast(5).Select(request => request.Id))}, and what is waited for isn't among them.");
            }
            try
            {
                await more.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"It got {string.Join(", ", All.Select(request => $"{request.Id} ({request.Body.Length} bytes)"))}");
            }
        }
    }
}
