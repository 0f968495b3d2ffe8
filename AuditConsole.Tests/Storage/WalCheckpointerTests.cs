using AuditConsole.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuditConsole.Tests.Storage;

/// <summary>The write-ahead log of a real file is copied beside its writer.</summary>
public sealed class WalCheckpointerTests : IDisposable
{
    private const int Pages = 50;

    private readonly string _folder = Directory.CreateTempSubdirectory("audit-wal-").FullName;
    private readonly SqliteConnection _writer;
    private readonly WalCheckpointer _checkpointer;
    private readonly SemaphoreSlim _finished = new(0);
    private long _written;

    public WalCheckpointerTests()
    {
        _writer = SqlitePragmas.OpenForWriting(DatabaseFile);
        SqlitePragmas.PrepareNewFile(_writer);
        SqlitePragmas.Execute(_writer, "CREATE TABLE page (id INTEGER PRIMARY KEY, data BLOB)");
        _checkpointer = new WalCheckpointer(DatabaseFile, Pages, NullLogger.Instance);
        _checkpointer.Start(() => _finished.Release());
    }

    private string DatabaseFile => Path.Combine(_folder, "log.db");

    [Fact]
    public async Task What_was_written_is_copied_while_the_writer_goes_on_and_the_log_begins_anew()
    {
        Write(Pages - 1);
        Assert.Equal(0, _finished.CurrentCount);
        Write(1);
        Assert.True(await _finished.WaitAsync(TimeSpan.FromMinutes(1)), "It never came.");

        // Everything is in the database: the next commit overwrites the log from its beginning.
        var length = LogLength();
        Write(Pages - 10);
        Assert.Equal(length, LogLength());
        Write(10);
        Assert.True(await _finished.WaitAsync(TimeSpan.FromMinutes(1)), "It never came.");
    }

    [Fact]
    public async Task A_reader_of_an_old_state_keeps_its_pages_and_the_rest_is_copied_after_it()
    {
        Write(1);
        using (var reader = SqlitePragmas.OpenForReading(DatabaseFile))
        {
            SqlitePragmas.Execute(reader, "BEGIN; SELECT count(*) FROM page;");
            Write(20 * Pages);
            Write(20 * Pages);
            using var count = reader.CreateCommand();
            count.CommandText = "SELECT count(*) FROM page";
            Assert.Equal(1L, count.ExecuteScalar());
        }
        Write(Pages);
        Assert.True(await _finished.WaitAsync(TimeSpan.FromMinutes(1)), "It never came.");
        _checkpointer.Stop();
        using var all = _writer.CreateCommand();
        all.CommandText = "SELECT count(*) FROM page";
        Assert.Equal(_written, all.ExecuteScalar());
    }

    [Fact]
    public async Task A_database_that_is_gone_ends_neither_the_thread_nor_the_process()
    {
        var gone = new WalCheckpointer(Path.Combine(_folder, "missing", "log.db"), 1, NullLogger.Instance);
        gone.Start(() => throw new InvalidOperationException("Nothing was copied."));
        gone.Committed(1);
        gone.Committed(2);
        await Task.Run(gone.Stop);
    }

    public void Dispose()
    {
        _checkpointer.Stop();
        _writer.Dispose();
        _finished.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // A row fills a page.
    private void Write(int pages)
    {
        for (var i = 0; i < pages; i++)
        {
            SqlitePragmas.Execute(_writer, "INSERT INTO page (data) VALUES (zeroblob(8000))");
            _checkpointer.Committed(++_written);
        }
    }

    private long LogLength() => new FileInfo(DatabaseFile + "-wal").Length;
}
