using System.Collections.Frozen;
using AuditConsole.Core;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Schemas;

/// <summary>
/// Knows the schemas that tenants require. The door of every route that takes events asks it once for a request, and holds
/// each entry to them as it was sent, before anything is redacted. Compiled schemas come from memory.
/// </summary>
public sealed class SchemaGuard(IDbContextFactory<ConsoleDbContext> contexts)
{
    private readonly Remembered<int, TenantSchemas> _known = new();

    /// <summary>A tenant's required schemas as they are now.</summary>
    public ValueTask<TenantSchemas> OfAsync(int tenant, CancellationToken cancellationToken) => _known.GetAsync(tenant, ReadAsync, cancellationToken);

    /// <summary>Forgets all schemas: one was registered or required.</summary>
    internal void Clear() => _known.Clear();

    private async Task<TenantSchemas> ReadAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var required = await context.SchemaRequirements.AsNoTracking()
            .Where(requirement => requirement.TenantNumber == tenant).Select(requirement => requirement.Action).ToListAsync(cancellationToken);
        if (required.Count == 0)
        {
            return TenantSchemas.None;
        }
        var schemas = await context.EventSchemas.AsNoTracking()
            .Where(schema => (schema.TenantNumber == tenant || schema.TenantNumber == null) && required.Contains(schema.Action)).ToListAsync(cancellationToken);
        return new TenantSchemas(schemas.GroupBy(schema => schema.Action, StringComparer.Ordinal).ToFrozenDictionary(
            group => group.Key,
            group => (IReadOnlyList<SchemaVersion>)[.. group.OrderByDescending(schema => schema.Version).Select(schema => new SchemaVersion(schema.Version, schema.Body))],
            StringComparer.Ordinal));
    }
}

/// <summary>The schemas that a tenant requires. Immutable.</summary>
public sealed class TenantSchemas
{
    private readonly FrozenDictionary<string, IReadOnlyList<SchemaVersion>> _byAction;

    internal TenantSchemas(FrozenDictionary<string, IReadOnlyList<SchemaVersion>> byAction) => _byAction = byAction;

    /// <summary>No schema is required.</summary>
    public static TenantSchemas None { get; } = new(FrozenDictionary<string, IReadOnlyList<SchemaVersion>>.Empty);

    /// <summary>Checks one event against the version that it names, else against the newest.</summary>
    /// <returns>What is wrong with it, by place; empty where nothing is, or where its action requires no schema.</returns>
    public IReadOnlyList<SchemaProblem> Check(NewEntry entry)
    {
        if (!_byAction.TryGetValue(entry.Action, out var versions))
        {
            return [];
        }
        var version = entry.SchemaVersion is { } asked ? versions.FirstOrDefault(candidate => candidate.Version == asked) : versions[0];
        return version is not null
            ? version.Document.Check(entry)
            : [new SchemaProblem("/version", "enum", $"must be a version that is registered for {entry.Action}: {string.Join(", ", versions.Select(known => known.Version).Take(20))}")];
    }
}

/// <summary>A version, compiled when it is first needed.</summary>
internal sealed class SchemaVersion(int version, string body)
{
    private readonly Lazy<EventSchemaDocument> _document = new(() => EventSchemaDocument.Read(body));

    public int Version => version;

    public EventSchemaDocument Document => _document.Value;
}

/// <summary>Names a problem's place as our own API names fields.</summary>
public static class SchemaPlaces
{
    /// <summary>The field of an entry that a place in an event is, as <c>targets[0].metadata.cost</c>: the event's first target is the entry's target.</summary>
    public static string FieldOf(SchemaProblem problem)
    {
        string[] steps = [.. JsonPointer.StepsOf(problem.InstancePath)];
        var from = 1;
        var field = steps.Length == 0 ? "" : steps[0];
        if (steps is ["version"])
        {
            return "schema_version";
        }
        if (steps is ["targets", var index, ..])
        {
            from = 2;
            field = index == "0" ? "target" : $"targets[{int.Parse(index, System.Globalization.CultureInfo.InvariantCulture) - 1}]";
        }
        for (var i = from; i < steps.Length; i++)
        {
            // Metadata is an object: what stands in it first is a name, whatever it looks like.
            var isIndex = steps[i].Length > 0 && steps[i].All(char.IsAsciiDigit) && (i == 0 || steps[i - 1] != "metadata");
            field += isIndex ? $"[{steps[i]}]" : field.Length == 0 ? steps[i] : $".{steps[i]}";
        }
        return field;
    }
}
