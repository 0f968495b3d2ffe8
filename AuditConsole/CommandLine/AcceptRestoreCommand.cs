using System.CommandLine;
using AuditConsole.Checkpoints;

namespace AuditConsole.CommandLine;

/// <summary><c>tenants accept-restore</c>.</summary>
internal sealed class AcceptRestoreCommand : ConsoleCommand
{
    private readonly Option<string> _tenant;
    private readonly Option<string> _reason;

    public AcceptRestoreCommand() : base(
        "accept-restore", "Goes on with a log that is older than what was signed of it, and records that.",
        "tenants accept-restore --tenant acme --reason \"Disk failure, backup of 21 November put back\"")
    {
        _tenant = Required("--tenant", "The tenant's slug.", "slug");
        _reason = Required("--reason", "Why; it stays in the log for good.", "text");
    }

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetRequiredValue(_tenant));
        var signed = await context.Get<CheckpointService>().AcceptRestoreAsync(tenant, arguments.GetRequiredValue(_reason), context.CancellationToken);
        await context.Out.WriteLineAsync(string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"{tenant.Slug}: accepted and recorded; signed up to #{signed.Size:N0}"));
        return ExitCode.Done;
    }
}
