using System.CommandLine;
using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Tenants;

namespace AuditConsole.CommandLine;

/// <summary><c>verify</c>: walks the chains. It only reads, beside a server too.</summary>
internal sealed class VerifyCommand : ConsoleCommand
{
    private readonly Option<string?> _tenant;

    public VerifyCommand() : base(
        "verify", "Walks the hash chains and names the first entry that does not hold.", "verify --tenant acme") =>
        _tenant = Optional("--tenant", "The tenant's slug; all tenants if left out.", "slug");

    public override bool Writes(ParseResult arguments) => false;

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var slug = arguments.GetValue(_tenant);
        var tenants = slug is null
            ? await context.Get<TenantService>().ListAsync(context.CancellationToken)
            : [await CommandTenants.RequireAsync(context, slug)];
        var exit = ExitCode.Done;
        foreach (var tenant in tenants)
        {
            var verifier = await VerifyAsync(context, tenant);
            if (verifier.Fault is { } fault)
            {
                await context.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{tenant.Slug}: entry #{fault.Sequence:N0} does not hold. {fault.Reason}"));
                exit = ExitCode.Refused;
            }
            else
            {
                await context.Out.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tenant.Slug}: the chain of {verifier.Head.Size:N0} entries holds ({verifier.Entries:N0} read, {verifier.Purged:N0} purged); its head is {verifier.Head.Hash}."));
            }
        }
        return exit;
    }

    private static async Task<(ChainHead Head, long Entries, long Purged, ChainFault? Fault)> VerifyAsync(CommandContext context, Tenant tenant)
    {
        var store = context.Get<IEntryStore>();
        // The head first: entries that arrive during the walk lie behind it.
        var head = await store.ReadHeadAsync(tenant.Number, context.CancellationToken);
        var start = await store.ReadBaseAsync(tenant.Number, context.CancellationToken);
        var verifier = new ChainVerifier(start.Head);
        ChainFault? fault = null;
        await foreach (var place in store.ReadChainAsync(tenant.Number, start.Head.Size, context.CancellationToken))
        {
            if (place.Sequence > head.Size)
            {
                break;
            }
            if ((fault = verifier.Add(place)) is not null)
            {
                break;
            }
        }
        return (verifier.Head, verifier.Entries, start.Head.Size + verifier.Purged, fault ?? verifier.Finish(head));
    }
}
