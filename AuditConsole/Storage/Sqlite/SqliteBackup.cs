using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Copies the file as of one moment; writers go on, since the copy reads the write-ahead log's snapshot.</summary>
internal sealed class SqliteBackup(DataDirectory directory) : IDatabaseBackup
{
    /// <inheritdoc/>
    public Task CopyToAsync(string file, CancellationToken cancellationToken) => Task.Run(() => Copy(file, cancellationToken), cancellationToken);

    private void Copy(string file, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = SqlitePragmas.OpenForReading(directory.DatabaseFile);
            using var interrupt = cancellationToken.UnsafeRegister(static handle => raw.sqlite3_interrupt((sqlite3)handle!), connection.Handle);
            using var vacuum = new Statement(connection, "VACUUM INTO ?1");
            vacuum.Bind(1, file).Run();
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException(fault.Message, fault, cancellationToken);
        }
        catch (SqliteException fault)
        {
            throw new StorageException($"The database {directory.DatabaseFile} can't be copied to {file}: {fault.Message}", fault);
        }
    }
}
