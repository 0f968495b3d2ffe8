using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Everything but the entries, in SQLite. What it saves takes turns with the writer of entries.</summary>
/// <remarks>A context over the writer's own connection has no gate: the writer holds the turn.</remarks>
public sealed class SqliteConsoleDbContext : ConsoleDbContext
{
    private readonly WriteGate? _gate;
    private int _depth;
    private bool _inTransaction;

    internal SqliteConsoleDbContext(DbContextOptions<SqliteConsoleDbContext> options, WriteGate? gate = null)
        : base(options) => _gate = gate;

    /// <inheritdoc/>
    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        EnterGate();
        try
        {
            return base.SaveChanges(acceptAllChangesOnSuccess);
        }
        finally
        {
            LeaveGate();
        }
    }

    /// <inheritdoc/>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        await EnterGateAsync(cancellationToken);
        try
        {
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        }
        finally
        {
            LeaveGate();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        EndTransaction();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        EndTransaction();
    }

    internal void EnterGate()
    {
        if (_gate is not null && _depth == 0)
        {
            _gate.Enter();
        }
        _depth++;
    }

    internal async Task EnterGateAsync(CancellationToken cancellationToken)
    {
        if (_gate is not null && _depth == 0)
        {
            await _gate.EnterAsync(cancellationToken);
        }
        _depth++;
    }

    internal void LeaveGate()
    {
        _depth--;
        if (_gate is not null && _depth == 0)
        {
            _gate.Leave();
        }
    }

    internal void BeginTransaction() => _inTransaction = true;

    // Entity Framework tells of a commit and a rollback, and not of a transaction that is only disposed.
    internal void EndTransaction()
    {
        if (_inTransaction)
        {
            _inTransaction = false;
            LeaveGate();
        }
    }

    /// <summary>For <c>dotnet ef migrations add NAME --project AuditConsole --output-dir Storage/Sqlite/Migrations</c>.</summary>
    internal sealed class DesignTime : IDesignTimeDbContextFactory<SqliteConsoleDbContext>
    {
        public SqliteConsoleDbContext CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<SqliteConsoleDbContext>().UseSqlite("Data Source=:memory:").Options);
    }
}
