using System.CommandLine;
using AuditConsole.ApiKeys;

namespace AuditConsole.CommandLine;

/// <summary><c>keys revoke</c>: the only way to end a key that serves all tenants.</summary>
internal sealed class RevokeKeyCommand : ConsoleCommand
{
    private readonly Option<string> _key;

    public RevokeKeyCommand() : base("revoke", "Ends a key at once, for good. It is recorded in the log of each tenant that it served.", "keys revoke --key key_9mK2") =>
        _key = Required("--key", "Its id, as \"keys list\" shows it.", "key_…");

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var id = arguments.GetRequiredValue(_key);
        await context.Get<ApiKeyService>().RevokeFromConsoleAsync(id, context.CancellationToken);
        await context.Out.WriteLineAsync($"{id} is revoked");
        return ExitCode.Done;
    }
}
