using System.CommandLine.Help;
using System.Runtime.InteropServices;
using AuditConsole.Storage;

namespace AuditConsole.CommandLine;

/// <summary>What the executable does with its arguments.</summary>
internal static class ConsoleProgram
{
    // A server that is just starting holds the lock before it listens.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    /// <summary>Serves, or runs a verb.</summary>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var (verb, configuration) = CommandArguments.Split(args);
        if (verb.Length == 0)
        {
            return await ConsoleHost.ServeAsync(configuration);
        }
        var parsed = new CommandTable().Parse(verb);
        if (parsed.Action is HelpAction || parsed.Errors.Count == 0 && parsed.CommandResult.Command is not ConsoleCommand)
        {
            return await parsed.InvokeAsync();
        }
        if (parsed.Errors.Count > 0)
        {
            return await CommandTable.ExplainAsync(parsed, Console.Error);
        }
        if (parsed.CommandResult.Command is ServingCommand serving)
        {
            return await serving.ServeAsync(parsed, configuration);
        }
        using var ended = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        try
        {
            return await RunAsync(verb, parsed, configuration, ended.Token);
        }
        catch (Exception fault) when (CommandTable.ReasonOf(fault) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            return ExitCode.Refused;
        }
        catch (Exception fault)
        {
            await Console.Error.WriteLineAsync($"AuditConsole failed, which is a defect of it: {fault}");
            return ExitCode.Refused;
        }

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ended.Cancel();
        }
    }

    private static async Task<int> RunAsync(
        string[] verb, System.CommandLine.ParseResult parsed, string[] configuration, CancellationToken cancellationToken)
    {
        var command = (ConsoleCommand)parsed.CommandResult.Command;
        await using var input = command.OpenInput(parsed);
        var builder = ConsoleHost.CreateBuilder(configuration);
        // A running server is asked before the application is built, which takes far longer than asking.
        if (command.Writes(parsed) && DataDirectory.Of(builder) is { } named && await TryRunInServerAsync(named, verb, input, cancellationToken) is { } done)
        {
            return done;
        }
        await using var app = ConsoleHost.BuildForCommand(builder);
        var directory = app.Services.GetRequiredService<DataDirectory>();
        var context = new CommandContext
        {
            Services = app.Services,
            Input = input,
            Out = Console.Out,
            Error = Console.Error,
            CancellationToken = cancellationToken,
        };
        var storage = app.Services.GetRequiredService<StorageHost>();
        if (!command.Writes(parsed))
        {
            storage.RequireReadable();
            return await CommandTable.RunAsync(parsed, context);
        }
        var clock = app.Services.GetRequiredService<TimeProvider>();
        var started = clock.GetTimestamp();
        while (true)
        {
            if (await TryRunInServerAsync(directory, verb, input, cancellationToken) is { } exit)
            {
                return exit;
            }
            try
            {
                await storage.OpenAsync(cancellationToken);
            }
            catch (DataDirectoryInUseException) when (clock.GetElapsedTime(started) < MaxWait)
            {
                await Task.Delay(BetweenTries, clock, cancellationToken);
                continue;
            }
            try
            {
                return await CommandTable.RunAsync(parsed, context);
            }
            finally
            {
                await storage.StopAsync(CancellationToken.None);
            }
        }
    }

    private static async Task<int?> TryRunInServerAsync(DataDirectory directory, string[] verb, Stream input, CancellationToken cancellationToken)
    {
        await using var output = Console.OpenStandardOutput();
        await using var error = Console.OpenStandardError();
        return await CommandClient.TryRunAsync(ControlSocket.PathFor(directory), verb, input, output, error, cancellationToken);
    }
}
