using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// A prepared statement over SQLite's own functions: entries are bound from and read into UTF-8 bytes, where
/// ADO.NET boxes each value and converts each text twice. Parameters count from 1, columns from 0.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _handle;

    public Statement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _handle));
    }

    public Statement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(_handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, long? value)
    {
        Check(value is { } some ? raw.sqlite3_bind_int64(_handle, parameter, some) : raw.sqlite3_bind_null(_handle, parameter));
        return this;
    }

    public Statement Bind(int parameter, string? value)
    {
        Check(value is null ? raw.sqlite3_bind_null(_handle, parameter) : raw.sqlite3_bind_text(_handle, parameter, value));
        return this;
    }

    /// <summary>Binds UTF-8; not empty, which SQLite would take for NULL.</summary>
    public Statement BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(_handle, parameter, utf8));
        return this;
    }

    /// <summary>Binds bytes; none are an empty blob.</summary>
    public Statement BindBlob(int parameter, ReadOnlySpan<byte> bytes)
    {
        Check(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(_handle, parameter, 0) : raw.sqlite3_bind_blob(_handle, parameter, bytes));
        return this;
    }

    /// <summary>Moves to the next row.</summary>
    /// <returns>False at the end, where the statement is ready for the next use.</returns>
    public bool Step()
    {
        var code = raw.sqlite3_step(_handle);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }
        if (code != raw.SQLITE_DONE)
        {
            Fail(code);
        }
        raw.sqlite3_reset(_handle);
        return false;
    }

    /// <summary>Executes a statement that gives no rows.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Gives up the rows that are left.</summary>
    public void Reset() => raw.sqlite3_reset(_handle);

    public long Long(int column) => raw.sqlite3_column_int64(_handle, column);

    public long? LongOrNull(int column) =>
        raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_int64(_handle, column);

    public string? TextOrNull(int column) =>
        raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL ? null : Encoding.UTF8.GetString(raw.sqlite3_column_blob(_handle, column));

    /// <summary>The bytes of a text or blob, valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_handle, column);

    public void Dispose() => _handle.Dispose();

    private void Fail(int code)
    {
        // The message is lost by the reset; without it the statement would keep its transaction from ending.
        var extended = raw.sqlite3_extended_errcode(_database);
        var message = raw.sqlite3_errmsg(_database).utf8_to_string();
        raw.sqlite3_reset(_handle);
        throw new SqliteException($"SQLite error {code}: {message}", code, extended);
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteException($"SQLite error {code}: {raw.sqlite3_errmsg(_database).utf8_to_string()}", code, raw.sqlite3_extended_errcode(_database));
        }
    }
}
