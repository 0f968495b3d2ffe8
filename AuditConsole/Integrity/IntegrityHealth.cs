using AuditConsole.Checkpoints;

namespace AuditConsole.Integrity;

/// <summary>What health says of the logs where something is wrong; numbers of tenants and entries alone, since anybody may ask.</summary>
/// <param name="Status"><c>failed</c>: a log doesn't hold; <c>unsigned</c>: checkpoints are not signed.</param>
/// <param name="Failed">Each log that doesn't hold, and the first place.</param>
/// <param name="Unsigned">The tenants for which no checkpoint is signed; null where none is for anybody.</param>
public sealed record IntegrityDetail(string Status, IReadOnlyList<FailedLog> Failed, IReadOnlyCollection<int>? Unsigned);

/// <summary>A log that doesn't hold.</summary>
/// <param name="Tenant">The tenant's number, as in the log lines.</param>
/// <param name="Sequence">The first place that doesn't hold.</param>
public sealed record FailedLog(int Tenant, long Sequence);

/// <summary>Tells health what verification and signing found.</summary>
public sealed class IntegrityHealth(IntegrityMonitor monitor, CheckpointService checkpoints)
{
    /// <summary>What is wrong; null if nothing.</summary>
    public IntegrityDetail? Describe()
    {
        var failed = monitor.Faults.Select(fault => new FailedLog(fault.Tenant, fault.Sequence)).ToList();
        var unsigned = checkpoints.Refused;
        return failed.Count == 0 && unsigned.Count == 0 && checkpoints.Problem is null
            ? null
            : new IntegrityDetail(failed.Count > 0 ? "failed" : "unsigned", failed, checkpoints.Problem is null ? unsigned : null);
    }
}
