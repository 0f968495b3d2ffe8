using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.WorkOS;

/// <summary>The official Node SDK of WorkOS in a process of its own, which calls a server as any program would.</summary>
internal sealed class WorkOSSdk : IDisposable
{
    /// <summary>Where it is installed.</summary>
    public static readonly string Folder = Path.Combine(RepositoryFile.Root, "AuditConsole.Tests", "Npm");

    private readonly Process _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _waiting = new();
    private int _last;

    private WorkOSSdk(Process process) => _process = process;

    /// <summary>Starts it.</summary>
    public static WorkOSSdk Start()
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "@workos-inc", "node")))
        {
            throw new InvalidOperationException("The npm packages are missing: run ./test once, or npm ci in AuditConsole.Tests/Npm.");
        }
        var sdk = new WorkOSSdk(new Process
        {
            StartInfo = new ProcessStartInfo("node", ["workos.mjs"]) { WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true },
            EnableRaisingEvents = true,
        });
        sdk._process.OutputDataReceived += (_, line) => sdk.Receive(line.Data);
        sdk._process.Start();
        sdk._process.BeginOutputReadLine();
        return sdk;
    }

    /// <summary>Calls a method, as <c>auditLogs.createEvent</c>.</summary>
    /// <param name="server">The server.</param>
    /// <param name="key">The API key.</param>
    /// <param name="method">Its path in the client.</param>
    /// <param name="arguments">JSON values; a date is <see cref="Date"/>.</param>
    /// <param name="maxRetries">How often the SDK tries again.</param>
    public async Task<SdkAnswer> CallAsync(Uri server, string key, string method, object?[] arguments, int maxRetries = 0)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = _waiting[id] = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        var line = JsonSerializer.Serialize(new { id, key, port = server.Port, maxRetries, call = method, arguments });
        lock (_process)
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        return new SdkAnswer(await answer.Task);
    }

    /// <summary>A date of JavaScript.</summary>
    public static Dictionary<string, object?> Date(DateTimeOffset time) => new() { ["$date"] = time.UtcDateTime.ToString("O") };

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            _process.Kill();
        }
        _process.Dispose();
    }

    private void Receive(string? line)
    {
        if (line is null)
        {
            // It ended: whoever waits would wait for ever.
            foreach (var waiting in _waiting.Values)
            {
                waiting.TrySetException(new InvalidOperationException("The process of the SDK ended."));
            }
            return;
        }
        var answer = JsonNode.Parse(line)!;
        if (_waiting.TryRemove(answer["id"]!.GetValue<int>(), out var asked))
        {
            asked.SetResult(answer);
        }
    }
}

/// <summary>What a call of the SDK gave.</summary>
internal sealed class SdkAnswer(JsonNode answer)
{
    /// <summary>What it returned, where it didn't throw.</summary>
    public JsonNode? Value => answer["value"];

    /// <summary>What it threw, or null.</summary>
    public JsonNode? Error => answer["error"];

    /// <summary>The name of the SDK's error class.</summary>
    public string? ErrorClass => Error?["name"]?.GetValue<string>();

    /// <summary>What the server answered, attempt by attempt; 0 where the connection broke.</summary>
    public IReadOnlyList<(int Status, string Body)> Raw =>
        [.. answer["raw"]!.AsArray().Select(attempt => (attempt!["status"]!.GetValue<int>(), attempt["body"]!.GetValue<string>()))];

    /// <summary>Fails where it threw.</summary>
    public SdkAnswer Done()
    {
        Assert.True(Error is null, Error?.ToJsonString());
        return this;
    }
}
