using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AuditConsole.Storage.Sqlite;

/// <summary>What SQLite's result codes mean for an operator.</summary>
internal static class StorageFaults
{
    /// <summary>Whether the disk or the file is at fault, rather than what was to be stored.</summary>
    public static bool IsOfDisk(SqliteException fault) => fault.SqliteErrorCode is
        raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_READONLY or
        raw.SQLITE_CANTOPEN or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_NOMEM or raw.SQLITE_PERM;

    /// <summary>Says what happened and what to do.</summary>
    public static StorageException Describe(SqliteException fault, string file) => new(
        fault.SqliteErrorCode switch
        {
            raw.SQLITE_FULL => $"The disk of {file} is full; nothing was stored. Free some space: the service goes on by itself.",
            raw.SQLITE_IOERR => $"The disk of {file} fails: {fault.Message}. Nothing was stored. Check the disk and its file system.",
            raw.SQLITE_CORRUPT => $"The database {file} is damaged: {fault.Message}. Stop the service and restore a backup.",
            raw.SQLITE_NOTADB => $"{file} is not an SQLite database. Move it away, or set Storage:DataDirectory to another folder.",
            raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM =>
                $"The database {file} can't be opened or written: {fault.Message}. Check the permissions of the data directory.",
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"The database {file} is held by another program: {fault.Message}. Close it and try again.",
            _ => $"The database {file} refused: {fault.Message}",
        },
        fault);
}
