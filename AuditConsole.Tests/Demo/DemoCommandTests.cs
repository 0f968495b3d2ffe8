using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using AuditConsole.Tests.Core;
using Microsoft.Data.Sqlite;

namespace AuditConsole.Tests.Demo;

/// <summary>The command as people run it: a process of its own.</summary>
public sealed partial class DemoCommandTests
{
    // SIGTERM ends it the same way as Ctrl+C; a shell without job control makes its background jobs ignore SIGINT.
    private const int Terminate = 15;

    [Fact]
    public async Task The_demo_prints_a_link_that_signs_in_and_leaves_nothing_behind()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var temp = Directory.CreateTempSubdirectory("demo-test-").FullName;
        using var demo = Start(temp, "demo", "--entries", "6000", "--Urls=http://127.0.0.1:0");
        try
        {
            var link = await ReadLinkAsync(demo, patience.Token);
            var data = Assert.Single(Directory.GetDirectories(temp, "audit-console-demo-*"));
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(data));
            }
            await SignInAsync(link, patience.Token);
            await CheckLogAsync(Path.Combine(data, "audit-console.db"), patience.Token);
            using var verify = Start(temp, "verify", $"--Storage:DataDirectory={data}");
            await verify.WaitForExitAsync(patience.Token);
            Assert.Equal(0, verify.ExitCode);

            Assert.Equal(0, Kill(demo.Id, Terminate));
            await demo.WaitForExitAsync(patience.Token);
            Assert.Equal(0, demo.ExitCode);
            Assert.False(Directory.Exists(data));
        }
        finally
        {
            if (!demo.HasExited)
            {
                demo.Kill(entireProcessTree: true);
            }
            Directory.Delete(temp, recursive: true);
        }
    }

    private static Process Start(string temp, params string[] arguments)
    {
        // Where the build put the executable itself, with its own assets beside it.
        var folder = AppContext.BaseDirectory.Replace("AuditConsole.Tests", "AuditConsole", StringComparison.Ordinal);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "AuditConsole.dll"), .. arguments])
        {
            WorkingDirectory = RepositoryFile.Root,
            RedirectStandardOutput = true,
        };
        start.Environment["TMPDIR"] = temp;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        return Process.Start(start)!;
    }

    private static async Task<Uri> ReadLinkAsync(Process demo, CancellationToken cancellationToken)
    {
        while (await demo.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (Link().Match(line) is { Success: true } match)
            {
                return new Uri(match.Value);
            }
        }
        throw new InvalidOperationException("The demo ended without a link.");
    }

    private static async Task SignInAsync(Uri link, CancellationToken cancellationToken)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = new Uri(link.GetLeftPart(UriPartial.Authority)) };
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("/audit-log", cancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/demo/sign-in?token=wrong", cancellationToken)).StatusCode);
        for (var times = 0; times < 2; times++)
        {
            var answer = await client.GetAsync(link, cancellationToken);
            Assert.Equal("/audit-log?tenant=acme", answer.Headers.Location?.ToString());
        }
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/audit-log?tenant=acme", cancellationToken)).StatusCode);
    }

    // Beside the running server, as an auditor might.
    private static async Task CheckLogAsync(string file, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            SELECT count(*) >= 6000, count(DISTINCT tenant) = 2, min(recorded_at - occurred_at) >= 0, max(recorded_at - occurred_at) < 5000,
                (SELECT count(*) FROM membership WHERE UserId = 'usr_admin') = 2, (SELECT count(*) > 30 FROM api_key)
            FROM entry
            """;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        Assert.True(await row.ReadAsync(cancellationToken));
        Assert.All(Enumerable.Range(0, row.FieldCount), column => Assert.True(row.GetInt64(column) == 1, $"condition {column}"));
    }

    [GeneratedRegex(@"http://\S+/demo/sign-in\?token=\w{43}")]
    private static partial Regex Link();

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
