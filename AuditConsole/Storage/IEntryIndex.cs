namespace AuditConsole.Storage;

/// <summary>What finds entries by their names. It is made of the entries, and can be made of them again.</summary>
public interface IEntryIndex
{
    /// <summary>Compares it with the entries. Only reads.</summary>
    /// <param name="tenant">The tenant's number.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The ranges of sequences of which it says something else than the entries do.</returns>
    /// <exception cref="StorageException">The database can't be read.</exception>
    Task<IReadOnlyList<SequenceRange>> FindDamageAsync(int tenant, CancellationToken cancellationToken);

    /// <summary>Makes it anew. The log can be read meanwhile, only slower, and written.</summary>
    /// <param name="tenant">The tenant's number.</param>
    /// <param name="cancellationToken">Breaks it off; the next start of the server goes on.</param>
    Task RebuildAsync(int tenant, CancellationToken cancellationToken);
}
