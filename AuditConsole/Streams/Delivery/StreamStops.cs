using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Notices;
using AuditConsole.Storage;

namespace AuditConsole.Streams.Delivery;

/// <summary>Stops streams that can't go on, with an entry in the tenant's log and a notice to whoever can see to it.</summary>
internal sealed class StreamStops(ServiceEntries entries, StreamNotices notices, TimeProvider clock)
{
    /// <summary>What entries call a stream.</summary>
    public const string EntityType = "Stream";

    /// <summary>Sets the state of a stream that is active.</summary>
    public async Task StopAsync(LogStream stream, StreamState state, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await entries.AppendAsync(
                stream.TenantNumber, stream.Tenant!.Id, Acting.Console, "StreamChanged", new Resource(EntityType, stream.Id, Name: stream.Name),
                new Dictionary<string, object?> { ["name"] = stream.Name, ["kind"] = stream.Kind, ["state"] = Name(state), ["reason"] = reason },
                context =>
                {
                    if (context.Streams.Find(stream.Id) is not { State: StreamState.Active } found)
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
        notices.Stopped(stream, state, reason);
    }

    /// <summary>A state on the wire.</summary>
    public static string Name(StreamState state) => state switch
    {
        StreamState.Active => "active",
        StreamState.Paused => "paused",
        StreamState.Error => "error",
        StreamState.Disabled => "disabled",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}

/// <summary>Tells of streams that need somebody: in the security log, and by e-mail where a mail server is configured.</summary>
internal sealed class StreamNotices(SecurityLog log, AdminMail mail)
{
    /// <summary>A stream stopped.</summary>
    public void Stopped(LogStream stream, StreamState state, string reason)
    {
        log.Write(
            state == StreamState.Disabled ? SecurityEventKinds.StreamDisabled : SecurityEventKinds.StreamStopped,
            stream.Id, stream.TenantNumber, Client.Unknown, $"{stream.Name}: {reason}");
        mail.Send(
            stream.TenantNumber, $"The stream {stream.Name} of {stream.Tenant!.Name} has stopped",
            $"""
            {reason}

            The stream {stream.Name} ({stream.Kind}, {stream.Id}) of {stream.Tenant.Name} delivers nothing now. Nothing is lost as long as
            retention holds the entries: see to it, and resume the stream under Streams in the console.
            """);
    }

    /// <summary>Entries will expire before they are delivered.</summary>
    public void Behind(LogStream stream, string warning)
    {
        log.Write(SecurityEventKinds.StreamBehind, stream.Id, stream.TenantNumber, Client.Unknown, $"{stream.Name}: {warning}");
        mail.Send(stream.TenantNumber, $"Entries will expire before the stream {stream.Name} has delivered them", $"{warning}\n\nStream: {stream.Name} ({stream.Kind}, {stream.Id})\n");
    }
}
