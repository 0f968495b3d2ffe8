using System.CommandLine;
using AuditConsole.Demo;
using AuditConsole.Identity;
using AuditConsole.Storage;

namespace AuditConsole.CommandLine;

/// <summary>All verbs, how they are parsed, and how one is run to its exit code.</summary>
internal sealed class CommandTable
{
    private readonly RootCommand _root = new(
        """
        AuditConsole keeps an audit log and serves the console over it. Without a verb it serves.
        Every setting can be given beside any verb: --Urls=http://127.0.0.1:5080 --Storage:DataDirectory=/var/lib/audit-console
        Exit codes: 0 done, 1 refused with the reason on standard error, 2 wrong usage.
        """);

    public CommandTable()
    {
        _root.Add(new DemoCommand());
        _root.Add(new Command("tenants", "The accounts whose logs are kept.")
        {
            new AddTenantCommand(),
            new SetTenantCommand(),
            new AcceptRestoreCommand(),
        });
        _root.Add(new Command("users", "The people who sign in.") { new AddUserCommand() });
        _root.Add(new Command("keys", "The keys of programs.") { new CreateKeyCommand(), new ListKeysCommand(), new RevokeKeyCommand() });
        _root.Add(new Command("signing-keys", "The public keys that programs sign entries with.")
        {
            new AddSigningKeyCommand(),
            new ListSigningKeysCommand(),
            new RevokeSigningKeyCommand(),
        });
        _root.Add(StreamCommands.Create());
        _root.Add(ScheduledExportCommands.Create());
        _root.Add(new Command("checkpoints", "The signed statements of how far each log reaches.") { new RotateKeyCommand() });
        _root.Add(new Command("entries", "What is in the log.") { new WithholdCommand() });
        _root.Add(new Command("storage", "How the log is stored.") { new RebuildIndexCommand() });
        _root.Add(new ImportCommand());
        _root.Add(new ExportCommand());
        _root.Add(new PurgeCommand());
        _root.Add(new VerifyCommand());
        _root.Add(new BackupCommand());
    }

    /// <summary>Reads the arguments of a verb, without the configuration.</summary>
    public ParseResult Parse(IReadOnlyList<string> arguments) => _root.Parse(arguments);

    /// <summary>Explains wrong usage.</summary>
    /// <returns><see cref="ExitCode.Usage"/>.</returns>
    public static async Task<int> ExplainAsync(ParseResult arguments, TextWriter error)
    {
        foreach (var problem in arguments.Errors)
        {
            await error.WriteLineAsync(problem.Message);
        }
        await error.WriteLineAsync();
        var command = arguments.CommandResult.Command;
        var path = new List<string> { "--help" };
        for (var at = command; at is not RootCommand; at = at.Parents.OfType<Command>().First())
        {
            path.Insert(0, at.Name);
        }
        var root = arguments.RootCommandResult.Command;
        await root.Parse(path).InvokeAsync(new InvocationConfiguration { Output = error, Error = error });
        return ExitCode.Usage;
    }

    /// <summary>Runs a parsed verb and turns what it throws into a reason on standard error.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        try
        {
            return await ((ConsoleCommand)arguments.CommandResult.Command).RunAsync(arguments, context);
        }
        catch (Exception fault) when (ReasonOf(fault) is { } reason)
        {
            await context.Error.WriteLineAsync(reason);
            return ExitCode.Refused;
        }
    }

    /// <summary>What to tell a person about a failure that is no defect of the program; null for any other.</summary>
    public static string? ReasonOf(Exception fault) => fault switch
    {
        RefusedException or StorageException or DataDirectoryInUseException => fault.Message,
        Microsoft.Extensions.Options.OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures),
        OperationCanceledException => "Stopped before it was done.",
        IOException or UnauthorizedAccessException => fault.Message,
        // A value of the configuration that is no number or no address: the framework's messages name key and value.
        InvalidOperationException when fault.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) => fault.Message,
        FormatException when fault.Message.StartsWith("Invalid url", StringComparison.Ordinal) => $"Urls: {fault.Message}",
        _ => null,
    };
}
