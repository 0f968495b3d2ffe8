using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Takes the turn for what writes past SaveChanges: ExecuteUpdate, ExecuteDelete, raw SQL, transactions.</summary>
internal static class WriteGateInterceptor
{
    private static SqliteConsoleDbContext? Of(DbContext? context) => context as SqliteConsoleDbContext;

    public sealed class Commands : DbCommandInterceptor
    {
        public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result)
        {
            Of(eventData.Context)?.EnterGate();
            return result;
        }

        public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            if (Of(eventData.Context) is { } context)
            {
                await context.EnterGateAsync(cancellationToken);
            }
            return result;
        }

        public override int NonQueryExecuted(DbCommand command, CommandExecutedEventData eventData, int result)
        {
            Of(eventData.Context)?.LeaveGate();
            return result;
        }

        public override ValueTask<int> NonQueryExecutedAsync(
            DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
        {
            Of(eventData.Context)?.LeaveGate();
            return ValueTask.FromResult(result);
        }

        public override void CommandFailed(DbCommand command, CommandErrorEventData eventData) => Leave(eventData.ExecuteMethod, eventData.Context);

        public override Task CommandFailedAsync(DbCommand command, CommandErrorEventData eventData, CancellationToken cancellationToken = default)
        {
            Leave(eventData.ExecuteMethod, eventData.Context);
            return Task.CompletedTask;
        }

        public override void CommandCanceled(DbCommand command, CommandEndEventData eventData) => Leave(eventData.ExecuteMethod, eventData.Context);

        public override Task CommandCanceledAsync(DbCommand command, CommandEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Leave(eventData.ExecuteMethod, eventData.Context);
            return Task.CompletedTask;
        }

        private static void Leave(DbCommandMethod method, DbContext? context)
        {
            if (method == DbCommandMethod.ExecuteNonQuery)
            {
                Of(context)?.LeaveGate();
            }
        }
    }

    // Microsoft.Data.Sqlite begins with BEGIN IMMEDIATE: a transaction writes from its first moment.
    public sealed class Transactions : DbTransactionInterceptor
    {
        public override InterceptionResult<DbTransaction> TransactionStarting(
            DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result)
        {
            if (Of(eventData.Context) is { } context)
            {
                context.EnterGate();
                context.BeginTransaction();
            }
            return result;
        }

        public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
            DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
        {
            if (Of(eventData.Context) is { } context)
            {
                await context.EnterGateAsync(cancellationToken);
                context.BeginTransaction();
            }
            return result;
        }

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) =>
            Of(eventData.Context)?.EndTransaction();

        public override Task TransactionCommittedAsync(
            DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Of(eventData.Context)?.EndTransaction();
            return Task.CompletedTask;
        }

        public override void TransactionRolledBack(DbTransaction transaction, TransactionEndEventData eventData) =>
            Of(eventData.Context)?.EndTransaction();

        public override Task TransactionRolledBackAsync(
            DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Of(eventData.Context)?.EndTransaction();
            return Task.CompletedTask;
        }
    }

    // A transaction that was only disposed closes the connection that it opened.
    public sealed class Connections : DbConnectionInterceptor
    {
        public override void ConnectionClosed(DbConnection connection, ConnectionEndEventData eventData) =>
            Of(eventData.Context)?.EndTransaction();

        public override Task ConnectionClosedAsync(DbConnection connection, ConnectionEndEventData eventData)
        {
            Of(eventData.Context)?.EndTransaction();
            return Task.CompletedTask;
        }
    }
}
