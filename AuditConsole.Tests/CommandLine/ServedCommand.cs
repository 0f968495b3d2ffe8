using System.Text;
using AuditConsole.CommandLine;

namespace AuditConsole.Tests.CommandLine;

/// <summary>Commands as a second process hands them to a running server, without the seconds that a process takes to start.</summary>
internal static class ServedCommand
{
    /// <summary>Runs a command in the server that holds a data directory.</summary>
    public static async Task<CommandResult> RunAsync(string dataDirectory, string? input, params string[] arguments)
    {
        using var sent = new MemoryStream(Encoding.UTF8.GetBytes(input ?? ""));
        using var said = new MemoryStream();
        using var error = new MemoryStream();
        var exit = await CommandClient.TryRunAsync(Path.Combine(dataDirectory, "audit-console.sock"), arguments, sent, said, error, default);
        Assert.True(exit is not null, "No server listens there.");
        return new CommandResult(exit.Value, Encoding.UTF8.GetString(said.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    /// <summary>The same where it must work.</summary>
    /// <returns>Standard output.</returns>
    public static async Task<string> DoneAsync(string dataDirectory, string? input, params string[] arguments)
    {
        var done = await RunAsync(dataDirectory, input, arguments);
        Assert.True(done.Exit == 0, done.Error);
        return done.Out;
    }
}
