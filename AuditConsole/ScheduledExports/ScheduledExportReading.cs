using System.Globalization;
using System.Security.Cryptography;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Streams;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.ScheduledExports;

/// <summary>Reads how exports are set up and how they go.</summary>
internal sealed class ScheduledExportReading(
    IDbContextFactory<ConsoleDbContext> contexts, IEntryStore store, ReadScopes scopes, ExportDestinations destinations, StreamSecrets secrets)
{
    private const int MostRows = 500;

    /// <summary>A tenant's exports, by name, or the one of an id.</summary>
    public async Task<IReadOnlyList<ScheduledExportView>> ListAsync(int tenant, string? id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var exports = await context.ScheduledExports.AsNoTracking().Include(export => export.Tenant)
            .Where(export => export.TenantNumber == tenant && (id == null || export.Id == id)).ToListAsync(cancellationToken);
        var people = exports.Select(export => export.CreatedBy).Distinct().ToList();
        var names = await context.Users.AsNoTracking().Where(user => people.Contains(user.Id)).ToDictionaryAsync(user => user.Id, user => user.Email ?? user.Id, cancellationToken);
        var views = new List<ScheduledExportView>();
        foreach (var export in exports.OrderBy(export => export.Name, StringComparer.OrdinalIgnoreCase).ThenBy(export => export.Id, StringComparer.Ordinal))
        {
            var last = await context.ScheduledExportRuns.AsNoTracking().Where(run => run.ExportId == export.Id).OrderByDescending(run => run.Due).FirstOrDefaultAsync(cancellationToken);
            views.Add(View(export, last, names.GetValueOrDefault(export.CreatedBy, export.CreatedBy), await WarnAsync(export, last, cancellationToken)));
        }
        return views;
    }

    /// <summary>The runs of an export, the newest first.</summary>
    public async Task<IReadOnlyList<ScheduledExportRun>> RunsAsync(string id, DateTimeOffset? before, int limit, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var runs = context.ScheduledExportRuns.AsNoTracking().Where(run => run.ExportId == id);
        return await (before is { } time ? runs.Where(run => run.Due < time) : runs)
            .OrderByDescending(run => run.Due).Take(Math.Clamp(limit, 1, MostRows)).ToListAsync(cancellationToken);
    }

    /// <summary>One run; null where it is gone.</summary>
    public async Task<ScheduledExportRun?> FindRunAsync(string id, Guid run, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.ScheduledExportRuns.AsNoTracking().SingleOrDefaultAsync(row => row.ExportId == id && row.Id == run, cancellationToken);
    }

    /// <summary>What is to be seen to before entries are lost to an export that fails or rests, if anything.</summary>
    public async Task<string?> WarnAsync(ScheduledExport export, ScheduledExportRun? last, CancellationToken cancellationToken)
    {
        var open = last is { State: RunState.Failed or RunState.Waiting } ? last : null;
        if (export.State == StreamState.Active && open is null)
        {
            return null;
        }
        var after = open is null ? export.Reached : open.Parts.Count > 0 ? open.Parts[^1].Until : open.After;
        var scope = await scopes.OfAsync(export.TenantNumber, cancellationToken);
        var filter = export.Filter.In(scope) with { To = scope.ExpiredBefore + StreamReading.WarnBefore };
        var waiting = await store.ReadTailAsync(filter, after, 1, cancellationToken);
        if (waiting.Entries.Count == 0)
        {
            return null;
        }
        var count = await store.CountAsync(filter, waiting.Size, cancellationToken) - await store.CountAsync(filter, after, cancellationToken);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} of the entries that wait expire within {StreamReading.WarnBefore.TotalDays:0} days: retention takes them before they were exported. Let it run, export them, or place a hold.");
    }

    private ScheduledExportView View(ScheduledExport export, ScheduledExportRun? last, string createdBy, string? warning) => new(
        export.Id, export.Name, export.Kind, export.Kind == ScheduledExport.Download ? "Download" : destinations.Find(export.Kind)?.DisplayName ?? export.Kind,
        export.Format, export.Filter, export.Schedule, WordsOf(export), export.TimeZone, export.RowsPerPart, export.Settings, Hints(export),
        export.CreatedAt, createdBy, export.ChangedAt, export.State, export.StateReason, export.StateSince, export.NextDue, last, warning);

    private static string WordsOf(ScheduledExport export)
    {
        try
        {
            return ExportSchedule.Parse(export.Schedule, export.TimeZone).Words;
        }
        catch (FormatException)
        {
            return export.Schedule;
        }
    }

    private Dictionary<string, string> Hints(ScheduledExport export)
    {
        try
        {
            return secrets.Unprotect(export.Tenant!.Id, export.Id, export.Secrets).ToDictionary(pair => pair.Key, pair => StreamSecrets.Hint(pair.Value), StringComparer.Ordinal);
        }
        catch (CryptographicException)
        {
            return [];
        }
    }
}
