using System.CommandLine;
using AuditConsole.Core;
using AuditConsole.Signatures;

namespace AuditConsole.CommandLine;

/// <summary><c>signing-keys list</c>.</summary>
internal sealed class ListSigningKeysCommand : ConsoleCommand
{
    private readonly Option<string?> _tenant;

    public ListSigningKeysCommand() : base(
        "list", "Lists the registered keys, one a line: id, state, since, SHA-256 of the public key, name; tabs between.", "signing-keys list --tenant acme") =>
        _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");

    public override bool Writes(ParseResult arguments) => false;

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant));
        foreach (var key in await context.Get<SigningKeyService>().ListFromConsoleAsync(tenant, context.CancellationToken))
        {
            var state = key.RevokedAt is { } revoked ? $"revoked {WireTime.Format(revoked)}" : "active";
            await context.Out.WriteLineAsync(string.Join('\t', key.Id, state, WireTime.Format(key.CreatedAt), key.Fingerprint, key.Name));
        }
        return ExitCode.Done;
    }
}
