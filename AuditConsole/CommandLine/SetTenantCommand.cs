using System.CommandLine;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Tenants;

namespace AuditConsole.CommandLine;

/// <summary><c>tenants set</c>.</summary>
internal sealed class SetTenantCommand : ConsoleCommand
{
    private readonly Option<string> _tenant;
    private readonly Option<int?> _days = new("--retention-days") { Description = "Keep entries for so many days.", HelpName = "days" };
    private readonly Option<bool> _default;
    private readonly Option<string?> _reading;
    private readonly Option<int?> _reads = new("--reads-per-minute") { Description = "Reading requests a minute and key; 0 for the service's setting.", HelpName = "requests" };
    private readonly Option<int?> _writes = new("--writes-per-minute") { Description = "Appending requests a minute and key; 0 for the service's setting.", HelpName = "requests" };

    public SetTenantCommand() : base("set", "Changes a tenant's settings. A shorter retention takes effect after 7 days.", "tenants set --tenant acme --programmatic-reading on")
    {
        _tenant = Required("--tenant", "The tenant's slug.", "slug");
        Add(_days);
        _default = Flag("--retention-default", "Keep entries as long as the service's setting says (Retention:Months).");
        _reading = Optional("--programmatic-reading", "Whether API keys may read the log.", "on|off");
        _reading.AcceptOnlyFromAmong("on", "off");
        Add(_reads);
        Add(_writes);
        Validators.Add(arguments =>
        {
            // Whether they are given, not what: a value that can't be read is told by itself.
            if (IsGiven(_days) && IsGiven(_default))
            {
                arguments.AddError("Give --retention-days or --retention-default, one of them.");
            }
            if (!new Option[] { _days, _default, _reading, _reads, _writes }.Any(IsGiven))
            {
                arguments.AddError("Say what to set: --programmatic-reading, --retention-days, --retention-default, --reads-per-minute or --writes-per-minute.");
            }

            bool IsGiven(Option option) => arguments.GetResult(option) is { Implicit: false };
        });
    }

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var (days, reads, writes) = (arguments.GetValue(_days), arguments.GetValue(_reads), arguments.GetValue(_writes));
        if (days is < 1 or > 36_500)
        {
            throw new RefusedException("Retention is 1 to 36,500 days.");
        }
        if (reads < 0 || writes < 0)
        {
            throw new RefusedException("A rate limit is 1 request a minute or more, or 0 for the service's setting.");
        }
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetRequiredValue(_tenant));
        var settings = context.Get<TenantSettingsService>();
        if (arguments.GetValue(_reading) is { } reading)
        {
            await settings.SetProgrammaticReadingAsync(tenant.Number, reading == "on", Acting.Console, context.CancellationToken);
            await context.Out.WriteLineAsync($"programmatic reading {reading}");
        }
        if (reads is not null || writes is not null)
        {
            await settings.SetLimitsAsync(
                tenant.Number, Limit(reads, tenant.ReadsPerMinute), Limit(writes, tenant.WritesPerMinute), context.CancellationToken);
            await context.Out.WriteLineAsync("rate limits set");
        }
        if (days is not null || arguments.GetValue(_default))
        {
            await context.Get<RetentionService>().SetAsync(tenant.Number, days, Actor.Service, "console", context.CancellationToken);
            var changed = await CommandTenants.RequireAsync(context, tenant.Slug);
            await context.Out.WriteLineAsync(changed.PendingRetention is { } pending
                ? $"{changed.AppliedRetention} until {WireTime.Format(changed.PendingFrom!.Value)}, then {pending}"
                : changed.AppliedRetention);
        }
        return ExitCode.Done;
    }

    private static int? Limit(int? given, int? before) => given switch
    {
        null => before,
        0 => null,
        _ => given,
    };
}
