using System.CommandLine;
using AuditConsole.Storage;
using AuditConsole.Tenants;

namespace AuditConsole.CommandLine;

/// <summary><c>storage rebuild-index</c>.</summary>
internal sealed class RebuildIndexCommand : ConsoleCommand
{
    private readonly Option<string?> _tenant;

    public RebuildIndexCommand() : base(
        "rebuild-index", "Makes anew what entries are found by and the tree that proofs are made from, from the entries. The server may go on meanwhile.", "storage rebuild-index --tenant acme") =>
        _tenant = Optional("--tenant", "The tenant's slug; all tenants if left out.", "slug");

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenants = arguments.GetValue(_tenant) is { } slug
            ? [await CommandTenants.RequireAsync(context, slug)]
            : await context.Get<TenantService>().ListAsync(context.CancellationToken);
        foreach (var tenant in tenants)
        {
            await context.Get<IEntryIndex>().RebuildAsync(tenant.Number, context.CancellationToken);
            await context.Get<ITreeStore>().RebuildAsync(tenant.Number, context.CancellationToken);
            await context.Out.WriteLineAsync($"{tenant.Slug}: the index is new");
        }
        return ExitCode.Done;
    }
}
