namespace AuditConsole.Storage;

/// <summary>The provider's way to copy its database.</summary>
public interface IDatabaseBackup
{
    /// <summary>Writes a consistent copy into an empty file while others write.</summary>
    /// <exception cref="StorageException">The database can't be read or the copy can't be written.</exception>
    Task CopyToAsync(string file, CancellationToken cancellationToken);
}
