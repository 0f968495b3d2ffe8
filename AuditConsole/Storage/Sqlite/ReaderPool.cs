using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// The connections that read. As many work at once as there are cores: unpaced readers would starve the writer.
/// </summary>
internal sealed class ReaderPool(DataDirectory directory) : IDisposable
{
    private const int NamesKept = 1 << 18;

    private readonly SemaphoreSlim _turns = new(Environment.ProcessorCount, Environment.ProcessorCount);
    private readonly ConcurrentBag<ReadConnection> _idle = [];
    private readonly ValuesById<Name> _names = new(NamesKept);
    private volatile bool _disposed;

    /// <summary>Reads in one snapshot of the database. The connection is held only while <paramref name="read"/> runs.</summary>
    /// <exception cref="StorageException">The file can't be read.</exception>
    public async Task<T> RunAsync<T>(Func<ReadConnection, T> read, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        ReadConnection? connection = null;
        try
        {
            connection = _idle.TryTake(out var idle) ? idle : new ReadConnection(directory.DatabaseFile, _names);
            T result;
            using (connection.InterruptBy(cancellationToken))
            {
                connection.Begin();
                result = read(connection);
                connection.End();
            }
            if (!_disposed)
            {
                _idle.Add(connection);
                connection = null;
            }
            return result;
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException(fault.Message, fault, cancellationToken);
        }
        catch (SqliteException fault)
        {
            throw StorageFaults.Describe(fault, directory.DatabaseFile);
        }
        finally
        {
            // Whatever state a failure left it in goes with the connection.
            connection?.Dispose();
            _turns.Release();
        }
    }

    /// <summary>Forgets the names that it knows, since some were removed.</summary>
    public void ForgetWords() => _names.Clear();

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }
}

/// <summary>A name of the dictionary, and whose it is.</summary>
internal readonly record struct Name(int Tenant, string Value);

/// <summary>A connection that reads, its prepared statements and the names that all readers know. For one thread at a time.</summary>
internal sealed class ReadConnection : IDisposable
{
    private const int MostStatements = 100;

    private readonly sqlite3 _connection;
    private readonly ValuesById<Name> _names;
    private readonly Dictionary<string, Statement> _statements = [];
    private CancellationToken _cancellation;

    public ReadConnection(string file, ValuesById<Name> names)
    {
        _names = names;
        _connection = SqlitePragmas.OpenReader(file);
    }

    public void Begin()
    {
        // Here alone, where none is in use: rows are stepped through while others are prepared.
        if (_statements.Count >= MostStatements)
        {
            DisposeStatements();
        }
        Prepare("BEGIN").Run();
    }

    public void End() => Prepare("COMMIT").Run();

    /// <summary>Breaks the reading off, within a statement or before the next.</summary>
    public CancellationTokenRegistration InterruptBy(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        return cancellationToken.UnsafeRegister(static connection => raw.sqlite3_interrupt((sqlite3)connection!), _connection);
    }

    /// <summary>A statement that is prepared once.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits for the reading any more.</exception>
    public Statement Prepare(string sql)
    {
        // SQLite forgets an interruption that comes between two statements.
        _cancellation.ThrowIfCancellationRequested();
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = new Statement(_connection, sql);
            _statements.Add(sql, statement);
        }
        return statement;
    }

    /// <summary>The dictionary's id of a value, or null where no entry has it.</summary>
    public long? FindWord(int tenant, string value)
    {
        var find = Prepare("SELECT id FROM dictionary WHERE tenant = ?1 AND value = ?2").Bind(1, tenant).Bind(2, value);
        if (!find.Step())
        {
            return null;
        }
        var id = find.Long(0);
        find.Reset();
        return id;
    }

    /// <summary>The value of a tenant's id.</summary>
    /// <exception cref="FormatException">The tenant has none in the dictionary, or it is no text: it was changed from outside.</exception>
    public string Word(int tenant, long id)
    {
        if (_names.TryGet(id, out var name) && name.Tenant == tenant)
        {
            return name.Value;
        }
        var value = ReadWord(tenant, id);
        _names.Add(id, new Name(tenant, value));
        return value;
    }

    /// <summary>The value of a tenant's id, as it stands in the database now.</summary>
    /// <exception cref="FormatException">The tenant has none in the dictionary, or it is no text: it was changed from outside.</exception>
    public string ReadWord(int tenant, long id)
    {
        // By the id alone: with both the planner would take the index of tenant and value, and look at all of them.
        var find = Prepare("SELECT value FROM dictionary WHERE id = ?1 AND +tenant = ?2").Bind(1, id).Bind(2, tenant);
        try
        {
            return find.Step() ? find.StrictTextOrNull(0)! : throw new FormatException($"The dictionary lacks the name {id}.");
        }
        finally
        {
            find.Reset();
        }
    }

    public void Dispose()
    {
        DisposeStatements();
        _connection.Dispose();
    }

    private void DisposeStatements()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }
        _statements.Clear();
    }
}
