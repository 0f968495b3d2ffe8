using System.Reflection;
using AuditConsole.Core;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuditConsole.Storage.Sqlite;

/// <summary>The database file: making it, bringing its schema up to date, refusing one that this version doesn't know.</summary>
internal sealed partial class SqliteDatabase(DataDirectory directory, SqliteContextFactory contexts, ILogger<SqliteDatabase> log)
{
    // By their ids, which begin with the time at which they were made.
    private static readonly string[] _known =
    [
        .. typeof(SqliteConsoleDbContext).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Migration)))
            .Select(type => type.GetCustomAttribute<MigrationAttribute>()!.Id).Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Makes the file if there is none and applies the migrations that it lacks, each in a transaction of its own: broken
    /// off, the next start goes on behind the last. Only the process that holds the lock may.
    /// </summary>
    /// <exception cref="StorageException">The file isn't a database, can't be written, or is from a newer version.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            CreateFile();
            if (FindMissing() is [])
            {
                return;
            }
            await using var context = contexts.CreateDbContext();
            // Entity Framework waits for ever for a lock that a killed migration left behind. The file lock is ours.
            await context.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS __EFMigrationsLock", cancellationToken);
            await context.Database.OpenConnectionAsync(cancellationToken);
            ((SqliteConnection)context.Database.GetDbConnection()).CreateFunction<string?, byte[]?>(
                "address_key", text => text is not null && EntryParser.TryParseIp(text, out var address) ? AddressRange.KeyOf(address) : null, isDeterministic: true);
            await MigrateAsync(context, cancellationToken);
        }
        catch (SqliteException fault)
        {
            throw StorageFaults.Describe(fault, directory.DatabaseFile);
        }
    }

    /// <summary>Checks, for a process that only reads, that the schema is this version's.</summary>
    /// <exception cref="StorageException">There is no database, or its schema is older or newer.</exception>
    public void RequireCurrent()
    {
        if (!File.Exists(directory.DatabaseFile))
        {
            throw new StorageException($"There is no database in {directory.Path}. Start the server once, or set Storage:DataDirectory.");
        }
        try
        {
            if (FindMissing() is [var migration, ..])
            {
                throw new StorageException(
                    $"The database in {directory.Path} was made by an older version of AuditConsole and lacks {migration}. Start the server of this version once: it brings the database up to date.");
            }
        }
        catch (SqliteException fault)
        {
            throw StorageFaults.Describe(fault, directory.DatabaseFile);
        }
    }

    private async Task MigrateAsync(ConsoleDbContext context, CancellationToken cancellationToken)
    {
        var missing = (await context.Database.GetPendingMigrationsAsync(cancellationToken)).ToList();
        if (missing.Count == context.Database.GetMigrations().Count())
        {
            // A new file: nothing that takes long, and nothing to tell.
            await context.Database.MigrateAsync(cancellationToken);
            return;
        }
        var migrator = context.GetService<IMigrator>();
        foreach (var (number, migration) in missing.Index())
        {
            Log.Migrating(log, migration, number + 1, missing.Count);
            await migrator.MigrateAsync(migration, cancellationToken);
        }
    }

    private void CreateFile()
    {
        directory.Create();
        if (!File.Exists(directory.DatabaseFile))
        {
            // SQLite gives its other files the permissions of this one.
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
            using var file = new FileStream(directory.DatabaseFile, options);
        }
        using var connection = SqlitePragmas.OpenForWriting(directory.DatabaseFile);
        SqlitePragmas.PrepareNewFile(connection);
    }

    /// <summary>The migrations that the database lacks, in order. Read without Entity Framework, which would build its model for that.</summary>
    /// <exception cref="StorageException">It has one that this version doesn't know.</exception>
    private List<string> FindMissing()
    {
        using var connection = SqlitePragmas.OpenForReading(directory.DatabaseFile);
        var applied = ReadApplied(connection);
        if (applied.FirstOrDefault(migration => !_known.Contains(migration)) is { } unknown)
        {
            throw new StorageException(
                $"The database in {directory.Path} was made by a newer version of AuditConsole: this one doesn't know {unknown}. Run that version, or restore a backup.");
        }
        return [.. _known.Except(applied)];
    }

    private static List<string> ReadApplied(SqliteConnection connection)
    {
        var applied = new List<string>();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM sqlite_schema WHERE name = '__EFMigrationsHistory'";
        if (command.ExecuteScalar() is null)
        {
            return applied;
        }
        command.CommandText = "SELECT MigrationId FROM __EFMigrationsHistory ORDER BY MigrationId";
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            applied.Add(rows.GetString(0));
        }
        return applied;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Bringing the database up to date: {Migration}, {Number} of {Count}; it goes on where it was if it is interrupted")]
        public static partial void Migrating(ILogger logger, string migration, int number, int count);
    }
}
