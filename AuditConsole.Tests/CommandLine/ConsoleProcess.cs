using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AuditConsole.Tests.CommandLine;

/// <summary>What a command said, and its exit code.</summary>
internal sealed record CommandResult(int Exit, string Out, string Error);

/// <summary>The built program in a process of its own.</summary>
internal sealed class ConsoleProcess : IDisposable
{
    // Far beyond what a slow machine needs: a command that hangs fails its test instead of the whole run.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _out = new();
    private readonly StringBuilder _error = new();

    private ConsoleProcess(Process process) => _process = process;

    /// <summary>What it wrote so far, both streams.</summary>
    public string Log => $"{Text(_out)}\n{Text(_error)}";

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CommandResult> RunAsync(string dataDirectory, string? input, params string[] arguments)
    {
        using var console = Start(dataDirectory, arguments);
        if (input is not null)
        {
            await console._process.StandardInput.WriteAsync(input);
        }
        console._process.StandardInput.Close();
        await console.EndedAsync();
        return new CommandResult(console._process.ExitCode, Text(console._out), Text(console._error));
    }

    /// <summary>Starts a command and leaves it running.</summary>
    public static ConsoleProcess Start(string dataDirectory, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = dataDirectory,
        };
        // It pays after minutes, which no process of a test lives.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "AuditConsole.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        start.ArgumentList.Add("--Storage:DataDirectory");
        start.ArgumentList.Add(dataDirectory);
        var console = new ConsoleProcess(new Process { StartInfo = start });
        console._process.OutputDataReceived += (_, line) => Append(console._out, line.Data);
        console._process.ErrorDataReceived += (_, line) => Append(console._error, line.Data);
        console._process.Start();
        console._process.BeginOutputReadLine();
        console._process.BeginErrorReadLine();
        return console;
    }

    /// <summary>Starts a server and waits until it is ready.</summary>
    public static async Task<ConsoleProcess> ServeAsync(string dataDirectory, Uri address, params string[] arguments)
    {
        var console = Start(dataDirectory, [$"--Urls={address.GetLeftPart(UriPartial.Authority)}", .. arguments]);
        using var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(5) };
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync("/readyz");
                if (answer.IsSuccessStatusCode)
                {
                    return console;
                }
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
            {
            }
            if (console._process.HasExited)
            {
                throw new InvalidOperationException($"The server ended:\n{console.Log}");
            }
            await Task.Delay(20);
        }
    }

    /// <summary>An address on this machine that nobody uses.</summary>
    public static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndedAsync();
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await EndedAsync();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
        _process.Dispose();
    }

    private async Task EndedAsync()
    {
        using var patience = new CancellationTokenSource(MaxDuration);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{string.Join(' ', _process.StartInfo.ArgumentList)} does not end:\n{Log}");
        }
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is not null)
        {
            lock (text)
            {
                text.Append(line).Append('\n');
            }
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
