using AuditConsole.Storage.Sqlite;

namespace AuditConsole.Storage;

/// <summary>
/// Opens the storage for writing and closes it: takes the lock, brings schema and segments up to date, starts the writer.
/// The server does so as its first hosted service; a command that runs without a server calls it itself.
/// </summary>
public sealed class StorageHost : IHostedService, IDisposable
{
    private readonly DataDirectory _directory;
    private readonly SqliteDatabase _database;
    private readonly SqliteContextFactory _contexts;
    private readonly SqliteWriter _writer;
    private readonly SegmentUpkeep _segments;
    private readonly ReaderPool _readers;
    private readonly SqliteEntryStore _store;
    private IDisposable? _lock;

    internal StorageHost(
        DataDirectory directory, SqliteDatabase database, SqliteContextFactory contexts, SqliteWriter writer, SegmentUpkeep segments, ReaderPool readers,
        SqliteEntryStore store) =>
        (_directory, _database, _contexts, _writer, _segments, _readers, _store) = (directory, database, contexts, writer, segments, readers, store);

    /// <summary>Opens for a server: also reads a page, so that the first one is quick.</summary>
    /// <exception cref="DataDirectoryInUseException">Another process writes here.</exception>
    /// <exception cref="StorageException">The database can't be made, opened or brought up to date.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        await _store.WarmUpAsync(cancellationToken);
    }

    /// <summary>Opens for writing.</summary>
    /// <exception cref="DataDirectoryInUseException">Another process writes here.</exception>
    /// <exception cref="StorageException">The database can't be made, opened or brought up to date.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _lock = _directory.Lock();
        try
        {
            await _database.MigrateAsync(cancellationToken);
            _writer.Start();
            await _segments.StartAsync(cancellationToken);
        }
        catch
        {
            // Before the lock: whoever takes it next is to be the only writer.
            await _writer.StopAsync();
            _lock.Dispose();
            _lock = null;
            throw;
        }
    }

    /// <summary>Checks the schema for a command that only reads, beside a server or without one.</summary>
    /// <exception cref="StorageException">There is no database, or its schema is another version's.</exception>
    public void RequireReadable() => _database.RequireCurrent();

    /// <summary>Finishes what was accepted, closes the database and gives the lock back.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _segments.StopAsync();
        await _writer.StopAsync();
        _readers.Dispose();
        _contexts.ClosePool();
        _lock?.Dispose();
        _lock = null;
    }

    /// <summary>Gives the lock back where nobody stopped it.</summary>
    public void Dispose() => _lock?.Dispose();
}
