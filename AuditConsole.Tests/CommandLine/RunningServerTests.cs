using System.Globalization;
using System.Net;
using System.Text;
using AuditConsole.Tests.Ingest;

namespace AuditConsole.Tests.CommandLine;

/// <summary>Commands beside a server that has the data directory, through its socket.</summary>
public sealed class RunningServerTests : IDisposable
{
    private const int Lines = 5_000;

    private readonly string _data = Directory.CreateTempSubdirectory("audit-console-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Commands_that_write_go_through_a_server_under_load_and_work_again_after_it_was_killed()
    {
        var address = ConsoleProcess.FreeAddress();
        using var server = await ConsoleProcess.ServeAsync(_data, address, "--RateLimits:WritesPerMinute=10000000");
        var socket = Path.Combine(_data, "audit-console.sock");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
        }
        Assert.Equal(0, (await RunAsync("tenants", "add", "--slug", "acme", "--name", "Acme")).Exit);
        var key = (await RunAsync("keys", "create", "--name", "load", "--scope", "events:write", "--tenant", "acme")).Out.Trim();

        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => LoadAsync(address, key, stop.Token)));
        var file = Path.Combine(_data, "old.ndjson");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, Lines).Select(i => Bodies.Entry($"imported_{i}")));
        using (var cut = ConsoleProcess.Start(_data, "import", file))
        {
            while (!cut.HasExited && !cut.Log.Contains("Appending", StringComparison.Ordinal))
            {
                await Task.Delay(5);
            }
            await cut.KillAsync();
        }
        var import = await RunAsync("import", file, "--tenant", "acme");
        Assert.True(import.Exit == 0, import.Error);
        Assert.Contains("already there", import.Error);
        var verified = await RunAsync("verify");
        Assert.True(verified.Exit == 0, verified.Error);
        await stop.CancelAsync();
        var sent = (await load).Sum();
        Assert.True(sent > 0);

        await server.KillAsync();
        Assert.True(File.Exists(socket));
        Assert.Equal(0, (await RunAsync("tenants", "add", "--slug", "beta", "--name", "Beta")).Exit);
        var stored = await StoredEntries.ReadAsync(_data, "acme");
        var imported = stored.Where(entry => entry.RecordedBy.StartsWith("import:", StringComparison.Ordinal)).Select(entry => entry.Content.Actor.Id);
        Assert.Equal(Enumerable.Range(0, Lines).Select(i => $"imported_{i}"), imported);
        Assert.Equal(sent, stored.Count(entry => entry.RecordedBy.StartsWith("key:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_is_not_told_of_each_write_into_its_data_directory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        // The data directory is the working directory, below which .NET watches configuration files.
        using var server = await ConsoleProcess.ServeAsync(_data, ConsoleProcess.FreeAddress());
        Assert.DoesNotContain(Directory.GetFiles($"/proc/{server.Id}/fdinfo").SelectMany(LinesOf), line => line.StartsWith("inotify", StringComparison.Ordinal));

        static string[] LinesOf(string file)
        {
            try
            {
                return File.ReadAllLines(file);
            }
            catch (IOException)
            {
                // Closed meanwhile.
                return [];
            }
        }
    }

    [Fact]
    public async Task A_socket_finds_its_place_where_the_data_directory_has_a_long_path()
    {
        var data = Directory.CreateDirectory(Path.Combine(_data, new string('d', 100))).FullName;
        var address = ConsoleProcess.FreeAddress();
        using var server = await ConsoleProcess.ServeAsync(data, address);
        var added = await ConsoleProcess.RunAsync(data, null, "tenants", "add", "--slug", "acme", "--name", "Acme");
        Assert.True(added.Exit == 0, added.Error);
        Assert.Equal(0, await server.StopAsync());
        Assert.Contains("Stopped.", server.Log);
    }

    private static async Task<int> LoadAsync(Uri address, string key, CancellationToken stop)
    {
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Add("X-API-Key", key);
        var sent = 0;
        while (!stop.IsCancellationRequested)
        {
            using var answer = await client.PostAsync(
                "/api/audit-log", new StringContent(Bodies.Entry($"load_{sent.ToString(CultureInfo.InvariantCulture)}"), Encoding.UTF8, "application/json"), CancellationToken.None);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            sent++;
        }
        return sent;
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => ConsoleProcess.RunAsync(_data, null, arguments);
}
