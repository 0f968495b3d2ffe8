using System.Globalization;
using AuditConsole.Checkpoints;
using AuditConsole.Storage;

namespace AuditConsole.Streams.Delivery;

/// <summary>
/// Gives the batches of a tenant's streams other ids once a backup was put back and accepted: what comes next stands at
/// sequences under which other entries were delivered, and whoever keeps the ids that it has seen would drop it.
/// </summary>
internal sealed class StreamBranches(TimeProvider clock) : IRestoreWitness
{
    /// <inheritdoc/>
    public void Accept(ConsoleDbContext context, int tenant)
    {
        var branch = clock.GetUtcNow().UtcDateTime.ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture);
        foreach (var stream in context.Streams.Where(stream => stream.TenantNumber == tenant))
        {
            stream.Branch = branch;
        }
    }
}
