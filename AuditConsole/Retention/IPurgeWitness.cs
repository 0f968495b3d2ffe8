namespace AuditConsole.Retention;

/// <summary>Is told before entries of a tenant are deleted, to look at them a last time. It can't prevent the purge.</summary>
public interface IPurgeWitness
{
    /// <summary>A purge of the tenant's expired entries is about to begin.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task BeforePurgeAsync(int tenant, CancellationToken cancellationToken);
}
