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
    // SQLITE_TRANSIENT: SQLite copies what is bound.
    private const nint Copied = -1;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _handle;
    // Lives as long as the handle; behind that zero, which SQLite refuses.
    private nint _pointer;

    public Statement(SqliteConnection connection, string sql)
        : this(connection.Handle!, sql)
    {
    }

    public Statement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _handle));
        _pointer = _handle.DangerousGetHandle();
    }

    public Statement Bind(int parameter, long value)
    {
        Check(SqliteCalls.BindLong(_pointer, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, long? value)
    {
        Check(value is { } some ? SqliteCalls.BindLong(_pointer, parameter, some) : SqliteCalls.BindNull(_pointer, parameter));
        return this;
    }

    public Statement Bind(int parameter, string? value)
    {
        Check(value is null ? SqliteCalls.BindNull(_pointer, parameter) : raw.sqlite3_bind_text(_handle, parameter, value));
        return this;
    }

    /// <summary>Binds UTF-8; not empty, which SQLite would take for NULL.</summary>
    public unsafe Statement BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        fixed (byte* bytes = utf8)
        {
            Check(SqliteCalls.BindText(_pointer, parameter, bytes, utf8.Length, Copied));
        }
        return this;
    }

    /// <summary>Binds bytes; none are an empty blob.</summary>
    public unsafe Statement BindBlob(int parameter, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
        {
            Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_handle, parameter, 0) : SqliteCalls.BindBlob(_pointer, parameter, bytes, value.Length, Copied));
        }
        return this;
    }

    /// <summary>Moves to the next row.</summary>
    /// <returns>False at the end, where the statement is ready for the next use.</returns>
    public bool Step()
    {
        var code = SqliteCalls.Step(_pointer);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }
        if (code != raw.SQLITE_DONE)
        {
            Fail(code);
        }
        SqliteCalls.Reset(_pointer);
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
    public void Reset() => SqliteCalls.Reset(_pointer);

    public long Long(int column) => SqliteCalls.ColumnLong(_pointer, column);

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    public string? TextOrNull(int column) => IsNull(column) ? null : Encoding.UTF8.GetString(Bytes(column));

    /// <summary>The text, of which nothing is passed over: what isn't UTF-8 would read as what another text can say, too.</summary>
    /// <exception cref="FormatException">It isn't UTF-8.</exception>
    public string? StrictTextOrNull(int column) => IsNull(column) ? null : StrictText(Bytes(column));

    /// <summary>Bytes as text.</summary>
    /// <exception cref="FormatException">They aren't UTF-8.</exception>
    public static string StrictText(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Strict.GetString(utf8);
        }
        catch (DecoderFallbackException fault)
        {
            throw new FormatException("A text is not UTF-8.", fault);
        }
    }

    /// <summary>The bytes of a text or blob, valid until the next step.</summary>
    public unsafe ReadOnlySpan<byte> Bytes(int column) =>
        new(SqliteCalls.ColumnBlob(_pointer, column), SqliteCalls.ColumnLength(_pointer, column));

    public bool IsNull(int column) => SqliteCalls.ColumnType(_pointer, column) == raw.SQLITE_NULL;

    public void Dispose()
    {
        _pointer = 0;
        _handle.Dispose();
    }

    private void Fail(int code)
    {
        // The message is lost by the reset; without it the statement would keep its transaction from ending.
        var extended = raw.sqlite3_extended_errcode(_database);
        var message = raw.sqlite3_errmsg(_database).utf8_to_string();
        SqliteCalls.Reset(_pointer);
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
