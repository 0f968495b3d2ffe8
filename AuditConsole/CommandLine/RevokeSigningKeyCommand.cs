using System.CommandLine;
using AuditConsole.Signatures;

namespace AuditConsole.CommandLine;

/// <summary><c>signing-keys revoke</c>.</summary>
internal sealed class RevokeSigningKeyCommand : ConsoleCommand
{
    private readonly Option<string> _key;
    private readonly Option<string> _tenant;

    public RevokeSigningKeyCommand() : base(
        "revoke", "Ends a key: no entry that it signs is taken any more. What it signed before still verifies.", "signing-keys revoke --tenant acme --key sgk_9mK2")
    {
        _key = Required("--key", "Its id.", "sgk_…");
        _tenant = Required("--tenant", "The tenant's slug.", "slug");
    }

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetRequiredValue(_tenant));
        var id = arguments.GetRequiredValue(_key);
        await context.Get<SigningKeyService>().RevokeFromConsoleAsync(tenant, id, context.CancellationToken);
        await context.Out.WriteLineAsync($"{tenant.Slug}: {id} is revoked");
        return ExitCode.Done;
    }
}
