using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AuditConsole.Tests.CommandLine;

/// <summary>The program as a script calls it, without a server.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("audit-console-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_script_sets_a_server_up()
    {
        var tenant = await RunAsync("tenants", "add", "--slug", "acme", "--name", "Acme GmbH", "--external-id", "org_01");
        Assert.True(tenant.Exit == 0, tenant.Error);
        Assert.True(Guid.TryParse(tenant.Out.Trim(), out _));
        var user = await ConsoleProcess.RunAsync(
            _data, "correct horse battery staple\nsecond line\n", "users", "add", "--email", "ada@example.com", "--role", "Admin", "--tenant", "acme");
        Assert.True(user.Exit == 0, user.Error);
        var key = await RunAsync("keys", "create", "--name", "ci", "--scope", "events:write", "--tenant", "acme", "--expires", "1y");
        Assert.Equal((0, ""), (key.Exit, key.Error));
        Assert.Matches(new Regex("^aud_live_[0-9A-Za-z]{49}\n$"), key.Out);

        var again = await RunAsync("tenants", "add", "--slug", "acme", "--name", "Acme");
        Assert.Equal((1, ""), (again.Exit, again.Out));
        Assert.Contains("acme", again.Error);
        var empty = await ConsoleProcess.RunAsync(
            _data, "\nsecond line\n", "users", "add", "--email", "bob@example.com", "--role", "Viewer", "--tenant", "acme");
        Assert.Equal((1, ""), (empty.Exit, empty.Out));
        Assert.Contains("empty", empty.Error);
        Assert.Equal(1, (await RunAsync("import", Path.Combine(_data, "missing.ndjson"))).Exit);
        Assert.Equal(0, (await RunAsync("verify")).Exit);
    }

    [Fact]
    public async Task A_script_withholds_the_details_of_entries()
    {
        Assert.Equal(0, (await RunAsync("tenants", "add", "--slug", "acme", "--name", "Acme")).Exit);
        var file = Path.Combine(_data, "entries.ndjson");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, 5).Select(i =>
            $$$"""{"actor":{"type":"user","id":"usr_1"},"action":"RuleCreated","target":{"type":"Rule","id":"rul_{{{i}}}"},"metadata":{"secret":"MARKER-{{{i}}}"}}"""));
        Assert.Equal(0, (await RunAsync("import", file)).Exit);
        var done = await RunAsync("entries", "withhold", "--tenant", "acme", "--sequence", "1,3-4", "--reason", "Erasure request 4711");
        Assert.True(done.Exit == 0, done.Error);
        Assert.StartsWith("3 entries withheld.", done.Out, StringComparison.Ordinal);
        var stored = (await StoredEntries.ReadAsync(_data, "acme")).ToDictionary(entry => entry.Sequence);
        Assert.Equal([1L, 3, 4], stored.Values.Where(entry => entry.Withheld is { By: "console", Reason: "Erasure request 4711" }).Select(entry => entry.Sequence).Order());
        Assert.Equal(3, stored.Values.Count(entry => entry.Content.Action == "EntryWithheld"));
        Assert.Equal(0, (await RunAsync("verify")).Exit);

        // A running server refuses them in its own process, which saves each a start of the application.
        using var server = await ConsoleProcess.ServeAsync(_data, ConsoleProcess.FreeAddress());
        foreach (var (sequences, reason, problem) in new[]
        {
            ("2,3", "x", "#3 are withheld already"), ("99", "x", "no entry #99"), ("6", "x", "records a withholding"), ("2", " ", "reason is needed"), ("5-2", "x", "\"5-2\""),
        })
        {
            var refused = await RunAsync("entries", "withhold", "--tenant", "acme", "--sequence", sequences, "--reason", reason);
            Assert.Equal((1, ""), (refused.Exit, refused.Out));
            Assert.Contains(problem, refused.Error);
        }
        Assert.Equal(0, await server.StopAsync());
        Assert.Equal(8, (await StoredEntries.ReadAsync(_data, "acme")).Count);
    }

    [Theory]
    [InlineData("unknown-verb")]
    [InlineData("tenants")]
    [InlineData("tenants", "add", "--slug", "acme")]
    [InlineData("tenants", "add", "--slug", "acme", "--name", "Acme", "--colour", "red")]
    [InlineData("users", "add", "--email", "a@example.com", "--role", "Owner", "--tenant", "acme")]
    [InlineData("keys", "create", "--name", "ci", "--scope", "events:write", "--tenant", "acme", "--expires", "2y")]
    [InlineData("--port=80")]
    public async Task Wrong_usage_is_explained_on_standard_error(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.Equal((2, ""), (result.Exit, result.Out));
        Assert.Contains("Usage:", result.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_data));
    }

    [Theory]
    [InlineData("--RateLimits:WritesPerMinute=foo", "RateLimits:WritesPerMinute")]
    [InlineData("--RateLimits:WritesPerMinute=0", "RateLimits:WritesPerMinute")]
    [InlineData("--Retention:Months=abc", "Retention:Months")]
    [InlineData("--Security:AllowInsecureHttp=maybe", "Security:AllowInsecureHttp")]
    [InlineData("--Urls=nonsense", "Urls")]
    public async Task A_wrong_value_of_the_configuration_is_refused_by_its_key(string argument, string key)
    {
        var result = await RunAsync(argument);
        Assert.Equal(1, result.Exit);
        Assert.Contains(key, result.Error);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_verb_with_an_example()
    {
        var help = await RunAsync("--help");
        Assert.Equal((0, ""), (help.Exit, help.Error));
        foreach (var verb in new[] { "tenants", "users", "keys", "import <file>", "purge", "verify", "backup <file>" })
        {
            Assert.Contains(verb, help.Out);
        }
        Assert.Contains("Example: AuditConsole import", help.Out);
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => ConsoleProcess.RunAsync(_data, null, arguments);
}
