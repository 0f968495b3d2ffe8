using System.CommandLine;
using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Retention;

namespace AuditConsole.CommandLine;

/// <summary><c>purge</c>: what the daily worker does, now.</summary>
internal sealed class PurgeCommand : ConsoleCommand
{
    private readonly Option<bool> _dryRun;

    public PurgeCommand() : base(
        "purge", "Deletes the entries that are older than their tenant's retention and under no hold.", "purge --dry-run") =>
        _dryRun = Flag("--dry-run", "Only say what would be deleted.");

    public override bool Writes(ParseResult arguments) => !arguments.GetValue(_dryRun);

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var isDryRun = arguments.GetValue(_dryRun);
        var purges = context.Get<PurgeService>();
        var report = isDryRun ? await purges.PreviewAsync(context.CancellationToken) : await purges.PurgeAsync(context.CancellationToken);
        foreach (var tenant in report.Tenants)
        {
            foreach (var held in tenant.Held)
            {
                await context.Out.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{tenant.Slug}: {held.Count:N0} expired entries stay, under the hold \"{held.Hold.Name}\""));
            }
            if (tenant.Expired.Count == 0)
            {
                continue;
            }
            await context.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{tenant.Slug}: {tenant.Expired.Count:N0} entries from before {WireTime.Format(tenant.Before)} {(isDryRun ? "would be deleted" : "deleted")}"));
        }
        if (report.Count == 0)
        {
            await context.Out.WriteLineAsync(report.Tenants.Count == 0 ? "No entry has expired." : "Nothing else has expired.");
        }
        return ExitCode.Done;
    }
}
