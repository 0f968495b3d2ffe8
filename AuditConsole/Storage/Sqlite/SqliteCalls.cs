using System.Runtime.InteropServices;
using SQLitePCL;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// The functions of SQLite (https://www.sqlite.org/c3ref/funclist.html) that are called for every row and column. The
/// wrapper's own take safe handles, and counting their references takes longer than the call.
/// </summary>
internal static unsafe partial class SqliteCalls
{
    // The library that the package SQLitePCLRaw.lib.e_sqlite3 brings.
    private const string Library = "e_sqlite3";

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    public static partial int BindText(nint statement, int parameter, byte* text, int length, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    public static partial int BindBlob(nint statement, int parameter, byte* bytes, int length, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    public static partial int BindLong(nint statement, int parameter, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null"), SuppressGCTransition]
    public static partial int BindNull(nint statement, int parameter);

    // What follows looks at the row in memory and waits for nothing: the collector may wait for it.
    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64"), SuppressGCTransition]
    public static partial long ColumnLong(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_type"), SuppressGCTransition]
    public static partial int ColumnType(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob"), SuppressGCTransition]
    public static partial byte* ColumnBlob(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes"), SuppressGCTransition]
    public static partial int ColumnLength(nint statement, int column);

    private const int FilePointer = 7;
    private const int SyncNormal = 2;
    // Of sqlite3_io_methods (https://www.sqlite.org/c3ref/io_methods.html): iVersion, xClose, xRead, xWrite, xTruncate, xSync.
    private const int SyncMethod = 5;

    /// <summary>
    /// Waits until what was written into the database's file is on disk. By the handle that the connection has: one of
    /// our own, closed again, would give up the locks that SQLite holds on the file.
    /// </summary>
    /// <returns>SQLite's code, 0 for success.</returns>
    public static int SyncFile(sqlite3 database)
    {
        nint file = 0;
        var code = FileControl(database.DangerousGetHandle(), "main", FilePointer, &file);
        return code != raw.SQLITE_OK ? code : ((delegate* unmanaged[Cdecl]<nint, int, int>)(*(nint**)file)[SyncMethod])(file, SyncNormal);
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileControl(nint database, string name, int operation, nint* argument);
}
