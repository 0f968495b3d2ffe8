using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Notices;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;

namespace AuditConsole.ScheduledExports;

/// <summary>Stops exports that can't go on, with an entry in the tenant's log and a notice to whoever can see to it.</summary>
internal sealed class ScheduledExportStops(ServiceEntries entries, SecurityLog log, AdminMail mail, TimeProvider clock)
{
    /// <summary>What entries call an export.</summary>
    public const string EntityType = "ScheduledExport";

    /// <summary>Sets the state of an export that is active.</summary>
    public async Task StopAsync(ScheduledExport export, StreamState state, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await entries.AppendAsync(
                export.TenantNumber, export.Tenant!.Id, Acting.Console, "ScheduledExportChanged", new Resource(EntityType, export.Id, Name: export.Name),
                new Dictionary<string, object?> { ["name"] = export.Name, ["state"] = StreamStops.Name(state), ["reason"] = reason },
                context =>
                {
                    if (context.ScheduledExports.Find(export.Id) is not { State: StreamState.Active } found)
                    {
                        throw new RefusedException("Somebody stopped it before.");
                    }
                    (found.State, found.StateReason, found.StateSince) = (state, reason, clock.GetUtcNow());
                },
                cancellationToken);
        }
        catch (RefusedException)
        {
            return;
        }
        log.Write(
            state == StreamState.Disabled ? SecurityEventKinds.ScheduledExportDisabled : SecurityEventKinds.ScheduledExportStopped,
            export.Id, export.TenantNumber, Client.Unknown, $"{export.Name}: {reason}");
        mail.Send(
            export.TenantNumber, $"The scheduled export {export.Name} of {export.Tenant!.Name} has stopped",
            $"""
            {reason}

            The scheduled export {export.Name} ({export.Id}) of {export.Tenant.Name} makes no more runs. Nothing is lost as long as retention
            holds the entries: see to it, and resume the export under Scheduled exports in the console. Runs that were missed are made up for then.
            """);
    }

    /// <summary>Entries will expire before they are exported.</summary>
    public void Behind(ScheduledExport export, string warning)
    {
        log.Write(SecurityEventKinds.ScheduledExportBehind, export.Id, export.TenantNumber, Client.Unknown, $"{export.Name}: {warning}");
        mail.Send(
            export.TenantNumber, $"Entries will expire before the scheduled export {export.Name} holds them",
            $"{warning}\n\nScheduled export: {export.Name} ({export.Id})\n");
    }
}
