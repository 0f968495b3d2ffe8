using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Makes the contexts over the database file, and those over the writer's connection.</summary>
internal sealed class SqliteContextFactory(DataDirectory directory, WriteGate gate, ILoggerFactory loggers) : IDbContextFactory<ConsoleDbContext>
{
    private readonly DbContextOptions<SqliteConsoleDbContext> _options = new DbContextOptionsBuilder<SqliteConsoleDbContext>()
        .UseSqlite(SqlitePragmas.ConnectionString(directory.DatabaseFile))
        .UseLoggerFactory(loggers)
        .AddInterceptors(new SqlitePragmas.Interceptor(), new WriteGateInterceptor.Commands(), new WriteGateInterceptor.Transactions(), new WriteGateInterceptor.Connections())
        .Options;

    /// <summary>
    /// Has Entity Framework build its model on another thread. It takes a third of a start, and what comes first there
    /// needs none of it.
    /// </summary>
    public void WarmUp() => _ = Task.Run(() =>
    {
        using var context = CreateDbContext();
        return context.Model;
    });

    public ConsoleDbContext CreateDbContext() => new SqliteConsoleDbContext(_options, gate);

    /// <summary>A context whose changes belong to the transaction that is open on the writer's connection.</summary>
    public ConsoleDbContext CreateOver(SqliteConnection writer)
    {
        var context = new SqliteConsoleDbContext(
            new DbContextOptionsBuilder<SqliteConsoleDbContext>().UseSqlite(writer).UseLoggerFactory(loggers).Options);
        context.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
        return context;
    }

    /// <summary>Closes the connections that contexts left in the pool.</summary>
    public void ClosePool()
    {
        using var connection = new SqliteConnection(SqlitePragmas.ConnectionString(directory.DatabaseFile));
        SqliteConnection.ClearPool(connection);
    }
}
