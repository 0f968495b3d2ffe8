using AuditConsole.Core;

namespace AuditConsole.Storage;

/// <summary>The values that rules sealed: they come with <see cref="AppendRequest.Sealed"/>, and go with their entry's details or before them.</summary>
public interface ISealedStore
{
    /// <summary>What is still kept of the values that rules sealed in an entry, by path.</summary>
    Task<IReadOnlyList<SealedValue>> ListSealedAsync(int tenant, long sequence, CancellationToken cancellationToken);

    /// <summary>
    /// Destroys a sealed value in one transaction with the entry that records it. Afterwards nothing of it is left in
    /// the file.
    /// </summary>
    /// <param name="record">Appends the entry that records it.</param>
    /// <param name="sequence">The entry that holds the commitment.</param>
    /// <param name="commitment">Which value.</param>
    /// <param name="cancellationToken">Ends the wait for its turn.</param>
    /// <returns>False if the value was gone; then nothing was recorded.</returns>
    /// <exception cref="StorageException">The store can't write, or the write-ahead log could not be emptied yet.</exception>
    Task<bool> DestroySealedAsync(AppendRequest record, long sequence, EntryHash commitment, CancellationToken cancellationToken);
}
