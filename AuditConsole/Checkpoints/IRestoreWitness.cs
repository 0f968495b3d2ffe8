using AuditConsole.Storage;

namespace AuditConsole.Checkpoints;

/// <summary>What has to know that a backup was put back and accepted.</summary>
public interface IRestoreWitness
{
    /// <summary>Notes it, in the transaction that records it in the log.</summary>
    /// <param name="context">The database; what is changed here is saved by the caller.</param>
    /// <param name="tenant">Whose log.</param>
    void Accept(ConsoleDbContext context, int tenant);
}
