using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AuditConsole.Benchmarks.Scale;

/// <summary>The whole service in a process of its own, over a filled data directory.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    /// <summary>An Admin of the first tenant.</summary>
    public const string Email = "bench@example.com";

    /// <summary>Their password.</summary>
    public const string Password = "a long sentence for the benchmark";

    // As it was built for itself, with its packages compiled to machine code.
    private static readonly string _program = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "../../../../AuditConsole", Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../../.."), AppContext.BaseDirectory), "AuditConsole.dll"));

    private readonly Process _process;

    private ServiceProcess(Process process, Uri address, TimeSpan ready) => (_process, Address, Ready) = (process, address, ready);

    public Uri Address { get; }

    /// <summary>From the start of the process until it says that it is ready.</summary>
    public TimeSpan Ready { get; }

    /// <summary>Physical memory that it holds, in bytes.</summary>
    public long Resident => Status("VmRSS:");

    /// <summary>The most that it has held since the last <see cref="ForgetPeak"/>.</summary>
    public long Peak => Status("VmHWM:");

    /// <summary>Adds the Admin and a key, with the command line.</summary>
    /// <returns>The key.</returns>
    public static async Task<string> SetUpAsync(string folder)
    {
        await RunAsync(folder, Password, "users", "add", "--email", Email, "--role", "Admin", "--tenant", "tenant-1");
        await RunAsync(folder, "", "tenants", "set", "--tenant", "tenant-1", "--programmatic-reading", "on");
        return (await RunAsync(folder, "", "keys", "create", "--name", "bench", "--scope", "events:write", "--scope", "events:read", "--scope", "exports:read", "--tenant", "tenant-1")).Trim();
    }

    /// <param name="folder">The data directory.</param>
    /// <param name="environment">Production, which has no files for pages where it wasn't published; or Development.</param>
    public static async Task<ServiceProcess> StartAsync(string folder, string environment)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        listener.Stop();
        var watch = Stopwatch.StartNew();
        var process = Start(
            folder, environment, $"--Urls={address.GetLeftPart(UriPartial.Authority)}", "--RateLimits:WritesPerMinute=1000000000", "--RateLimits:ReadsPerMinute=1000000000",
            "--Security:MaxConnectionsPerUser=1000");
        _ = process.StandardOutput.ReadToEndAsync();
        using var client = new HttpClient { BaseAddress = address };
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync("readyz");
                if (answer.IsSuccessStatusCode)
                {
                    return new ServiceProcess(process, address, watch.Elapsed);
                }
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
            }
            await Task.Delay(5);
        }
    }

    /// <summary>What it has sent over its port until now, in bytes on the wire.</summary>
    public long SentBytes()
    {
        using var ss = Process.Start(new ProcessStartInfo("ss", ["-tinH", "state", "established", $"sport = :{Address.Port}"]) { RedirectStandardOutput = true })!;
        return ss.StandardOutput.ReadToEnd().Split(' ').Where(word => word.StartsWith("bytes_sent:", StringComparison.Ordinal))
            .Sum(word => long.Parse(word["bytes_sent:".Length..], CultureInfo.InvariantCulture));
    }

    /// <summary>Counts the most memory from now on.</summary>
    public void ForgetPeak() => File.WriteAllText($"/proc/{_process.Id}/clear_refs", "5");

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<string> RunAsync(string folder, string input, params string[] arguments)
    {
        using var process = Start(folder, "Production", arguments);
        await process.StandardInput.WriteLineAsync(input);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}: {output}");
    }

    private static Process Start(string folder, string environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = environment;
        start.Environment["Logging__LogLevel__Default"] = "Error";
        start.ArgumentList.Add(_program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        start.ArgumentList.Add($"--Storage:DataDirectory={folder}");
        return Process.Start(start)!;
    }

    private long Status(string name) =>
        long.Parse(
            File.ReadLines($"/proc/{_process.Id}/status").Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(),
            CultureInfo.InvariantCulture) * 1024;
}
