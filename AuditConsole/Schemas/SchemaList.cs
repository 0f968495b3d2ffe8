using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Schemas;

/// <summary>A page of a list as WorkOS's API pages: by objects' ids, before or after which it stands.</summary>
/// <param name="Items">The rows.</param>
/// <param name="Before">The id to go back with; null at the start.</param>
/// <param name="After">The id to go on with; null at the end.</param>
public sealed record SchemaPage<T>(IReadOnlyList<T> Items, string? Before, string? After);

/// <summary>Which page.</summary>
/// <param name="Limit">1 to 100 rows.</param>
/// <param name="IsAscending">Oldest first.</param>
/// <param name="Before">Rows before the object of this id.</param>
/// <param name="After">Rows after the object of this id.</param>
public sealed record SchemaPageRequest(int Limit = 10, bool IsAscending = false, string? Before = null, string? After = null)
{
    /// <summary>Cuts the page out of all rows.</summary>
    /// <param name="rows">Oldest first.</param>
    /// <param name="idOf">A row's id.</param>
    /// <exception cref="RefusedException">There is no object of the id.</exception>
    public SchemaPage<T> Cut<T>(IReadOnlyList<T> rows, Func<T, string> idOf)
    {
        List<T> ordered = IsAscending ? [.. rows] : [.. rows.Reverse()];
        var (from, to) = (0, ordered.Count);
        if (After is not null)
        {
            from = Find(After) + 1;
            to = Math.Min(to, from + Limit);
        }
        else if (Before is not null)
        {
            to = Find(Before);
            from = Math.Max(0, to - Limit);
        }
        else
        {
            to = Math.Min(to, Limit);
        }
        var items = ordered[from..to];
        return new SchemaPage<T>(
            items, from > 0 && items.Count > 0 ? idOf(items[0]) : null, to < ordered.Count && items.Count > 0 ? idOf(items[^1]) : null);

        int Find(string id) => ordered.FindIndex(row => idOf(row) == id) is >= 0 and var place
            ? place
            : throw new RefusedException("before and after take an id from the list_metadata of this list.");
    }
}

/// <summary>An action with its newest schema.</summary>
/// <param name="Id"><c>ala_…</c>, of its first schema's id.</param>
/// <param name="Newest">The newest version.</param>
/// <param name="CreatedAt">When its first version was registered.</param>
public sealed record ActionSchema(string Id, EventSchema Newest, DateTimeOffset CreatedAt);

/// <summary>Lists schemas.</summary>
public sealed class SchemaList(IDbContextFactory<ConsoleDbContext> contexts)
{
    /// <summary>A page of the actions that have a schema.</summary>
    /// <exception cref="RefusedException">There is no object of the id.</exception>
    public async Task<SchemaPage<ActionSchema>> ActionsAsync(SchemaOwner owner, SchemaPageRequest request, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Bodies only of those that are shown.
        var rows = await SchemaRegistry.Of(context, owner).OrderBy(schema => schema.Number)
            .Select(schema => new { schema.Number, schema.Id, schema.Action, schema.Version, schema.CreatedAt }).ToListAsync(cancellationToken);
        var actions = rows.GroupBy(row => row.Action, StringComparer.Ordinal)
            .Select(group => (Id: "ala_" + group.First().Id[4..], group.First().CreatedAt, Newest: group.MaxBy(row => row.Version)!.Number)).ToList();
        var page = request.Cut(actions, action => action.Id);
        var numbers = page.Items.Select(action => action.Newest).ToList();
        var newest = await context.EventSchemas.AsNoTracking().Where(schema => numbers.Contains(schema.Number)).ToDictionaryAsync(schema => schema.Number, cancellationToken);
        return new SchemaPage<ActionSchema>(
            [.. page.Items.Select(action => new ActionSchema(action.Id, newest[action.Newest], action.CreatedAt))], page.Before, page.After);
    }

    /// <summary>A page of the versions of an action's schema; null where it has none.</summary>
    /// <exception cref="RefusedException">There is no object of the id.</exception>
    public async Task<SchemaPage<EventSchema>?> VersionsAsync(SchemaOwner owner, string action, SchemaPageRequest request, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await SchemaRegistry.Of(context, owner).Where(schema => schema.Action == action).OrderBy(schema => schema.Number)
            .Select(schema => new { schema.Number, schema.Id }).ToListAsync(cancellationToken);
        if (rows.Count == 0)
        {
            return null;
        }
        var page = request.Cut(rows, row => row.Id);
        var numbers = page.Items.Select(row => row.Number).ToList();
        var schemas = await context.EventSchemas.AsNoTracking().Where(schema => numbers.Contains(schema.Number)).ToDictionaryAsync(schema => schema.Number, cancellationToken);
        return new SchemaPage<EventSchema>([.. page.Items.Select(row => schemas[row.Number])], page.Before, page.After);
    }
}
