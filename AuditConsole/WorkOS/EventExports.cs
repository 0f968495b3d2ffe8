using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Retention;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.WorkOS;

/// <summary>Keeps the exports that programs asked for, prepares them, and streams their entries.</summary>
internal sealed partial class EventExports(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, ReadScopes scopes, TimeProvider clock, ILogger<EventExports> logger)
{
    private readonly Channel<string> _waiting = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Remembers an export. It counts what is in the log now, and becomes ready a moment later.</summary>
    public async Task<EventExport> CreateAsync(
        KeyCaller key, DateTimeOffset from, DateTimeOffset until, EventSelection selection, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var export = new EventExport
        {
            Id = "audit_log_export_" + RandomNumberGenerator.GetString(RandomText.Alphabet, 26),
            TenantNumber = key.Tenant.Tenant,
            KeyId = key.Id,
            From = from,
            Until = until,
            Selection = JsonSerializer.Serialize(selection),
            Snapshot = (await store.ReadHeadAsync(key.Tenant.Tenant, cancellationToken)).Size,
            State = ExportState.Pending,
            CreatedAt = now,
            UpdatedAt = now,
        };
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var end = now - EventExport.Kept;
        context.RemoveRange(await context.Set<EventExport>().Where(old => old.CreatedAt < end).ToListAsync(cancellationToken));
        context.Add(export);
        await context.SaveChangesAsync(cancellationToken);
        _waiting.Writer.TryWrite(export.Id);
        return export;
    }

    /// <summary>The export of that id, or null.</summary>
    public async Task<EventExport?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var end = clock.GetUtcNow() - EventExport.Kept;
        return await context.Set<EventExport>().AsNoTracking().SingleOrDefaultAsync(export => export.Id == id && export.CreatedAt >= end, cancellationToken);
    }

    /// <summary>Its state, as the API names it.</summary>
    public string StateOf(EventExport export) => export.State switch
    {
        _ when export.CreatedAt + EventExport.Downloadable <= clock.GetUtcNow() => "expired",
        ExportState.Pending => "pending",
        ExportState.Ready => "ready",
        _ => "error",
    };

    /// <summary>The entries of an export, newest first: those that it counted and that can still be read.</summary>
    public async Task<IAsyncEnumerable<AuditEntry>> ReadAsync(EventExport export, CancellationToken cancellationToken) => await ReadAsync(
        export.TenantNumber, export.From, export.Until, JsonSerializer.Deserialize<EventSelection>(export.Selection)!, export.Snapshot, cancellationToken);

    /// <summary>The entries of a range, newest first, up to what is there when it begins.</summary>
    public async Task<IAsyncEnumerable<AuditEntry>> ReadAsync(
        int tenant, DateTimeOffset from, DateTimeOffset until, EventSelection selection, long? snapshot, CancellationToken cancellationToken)
    {
        var filter = selection.ToFilter(await scopes.OfAsync(tenant, cancellationToken), from, until);
        var size = snapshot ?? (await store.ReadHeadAsync(tenant, cancellationToken)).Size;
        return store.ReadAsync(filter, size, int.MaxValue, cancellationToken).Where(selection.Selects).ReadAheadAsync(cancellationToken);
    }

    /// <summary>The exports that are still to be prepared: those that a stop left behind first, then each as it is asked for.</summary>
    public async IAsyncEnumerable<string> WaitingAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<string> left;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            left = await context.Set<EventExport>().Where(export => export.State == ExportState.Pending).Select(export => export.Id).ToListAsync(cancellationToken);
        }
        foreach (var id in left)
        {
            yield return id;
        }
        await foreach (var id in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            yield return id;
        }
    }

    /// <summary>Finds out whether an export's entries can be read, and says so in its state.</summary>
    /// <returns>The state; null where there is nothing to prepare any more.</returns>
    public async Task<ExportState?> PrepareAsync(string id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Set<EventExport>().SingleOrDefaultAsync(export => export.Id == id && export.State == ExportState.Pending, cancellationToken) is not { } export)
        {
            return null;
        }
        try
        {
            var scope = await scopes.OfAsync(export.TenantNumber, cancellationToken);
            var selection = JsonSerializer.Deserialize<EventSelection>(export.Selection)!;
            await store.CountAsync(selection.ToFilter(scope, export.From, export.Until), export.Snapshot, cancellationToken);
            export.State = ExportState.Ready;
        }
        catch (StorageException fault)
        {
            Log.Unreadable(logger, fault, id);
            export.State = ExportState.Error;
        }
        export.UpdatedAt = clock.GetUtcNow();
        await context.SaveChangesAsync(cancellationToken);
        return export.State;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The log for the export {Export} could not be read")]
        public static partial void Unreadable(ILogger logger, Exception fault, string export);
    }
}
