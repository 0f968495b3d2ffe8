using System.CommandLine;

namespace AuditConsole.CommandLine;

/// <summary>The exit codes of every command.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Refused; the reason is on standard error.</summary>
    public const int Refused = 1;

    /// <summary>Wrong usage.</summary>
    public const int Usage = 2;
}

/// <summary>
/// A verb of the command line, written once: it runs in the server that holds the data directory, or in the calling
/// process where there is none. A command that refuses throws <see cref="Identity.RefusedException"/>.
/// </summary>
internal abstract class ConsoleCommand(string name, string description, string example)
    : Command(name, $"{description}\nExample: {RootName} {example}")
{
    /// <summary>What people type.</summary>
    public const string RootName = "AuditConsole";

    /// <summary>Whether it changes something, and so must run in the one process that writes.</summary>
    public virtual bool Writes(ParseResult arguments) => true;

    /// <summary>Opens, in the calling process, what the command reads as <see cref="CommandContext.Input"/>.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public virtual Stream OpenInput(ParseResult arguments) => Stream.Null;

    /// <summary>Does it.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public abstract Task<int> RunAsync(ParseResult arguments, CommandContext context);

    /// <summary>An option that must be given.</summary>
    protected Option<string> Required(string name, string description, string valueName) =>
        Add(new Option<string>(name) { Description = description, Required = true, HelpName = valueName });

    /// <summary>An option that may be given.</summary>
    protected Option<string?> Optional(string name, string description, string valueName) =>
        Add(new Option<string?>(name) { Description = description, HelpName = valueName });

    /// <summary>An option without a value.</summary>
    protected Option<bool> Flag(string name, string description) => Add(new Option<bool>(name) { Description = description });

    private T Add<T>(T option) where T : Option
    {
        base.Add(option);
        return option;
    }
}

/// <summary>A verb that starts a server instead of doing one thing and ending.</summary>
internal abstract class ServingCommand(string name, string description, string example) : ConsoleCommand(name, description, example)
{
    /// <summary>Serves until it is told to stop.</summary>
    /// <param name="arguments">The verb's own options.</param>
    /// <param name="configuration">The configuration arguments, as <c>--Urls=http://127.0.0.1:5080</c>.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public abstract Task<int> ServeAsync(ParseResult arguments, string[] configuration);

    /// <inheritdoc/>
    public sealed override Task<int> RunAsync(ParseResult arguments, CommandContext context) =>
        throw new InvalidOperationException("This command serves.");
}
