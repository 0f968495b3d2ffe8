using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Schemas;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.EventTypes;

/// <summary>What Admins see of the actions that their log holds and that schemas are registered for.</summary>
public sealed class EventTypeService(
    IDbContextFactory<ConsoleDbContext> contexts, IMemberDirectory directory, IEntryStore store, ReadScopes scopes, SchemaRegistry registry)
{
    /// <summary>How many recent entries are checked against a schema.</summary>
    public const int Recent = 500;

    /// <summary>How many recent entries a schema is proposed from.</summary>
    public const int Proposed = 200;

    /// <summary>The most actions whose entries are counted: each count costs a look at the index.</summary>
    public const int MaxCounted = 200;

    private const int Samples = 3;
    private const int Examples = 5;

    /// <summary>The actions, by name: those that were seen and those with a schema.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<IReadOnlyList<EventTypeRow>> ListAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var (admin, scope) = await AdminAsync(userId, tenantSlug, cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var registered = (await SchemaRegistry.Of(context, OwnerOf(admin))
            .Select(schema => new { schema.Action, schema.Version, schema.CreatedAt }).ToListAsync(cancellationToken))
            .GroupBy(schema => schema.Action, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.MaxBy(schema => schema.Version)!, StringComparer.Ordinal);
        var required = (await RequiredAsync(context, admin, cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var seen = (await store.ListKindsAsync(scope, cancellationToken)).Select(kind => kind.Action).ToHashSet(StringComparer.Ordinal);
        var rows = new List<EventTypeRow>();
        foreach (var action in seen.Union(registered.Keys).Order(StringComparer.Ordinal))
        {
            long? count = !seen.Contains(action) ? 0 : rows.Count < MaxCounted ? await CountAsync(scope, action, cancellationToken) : null;
            var schema = registered.GetValueOrDefault(action);
            rows.Add(new EventTypeRow(action, count, schema?.Version, schema?.CreatedAt, required.Contains(action)));
        }
        return rows;
    }

    /// <summary>An action, even one that was never seen and has no schema yet.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<EventType> GetAsync(string userId, string? tenantSlug, string action, CancellationToken cancellationToken)
    {
        var (admin, scope) = await AdminAsync(userId, tenantSlug, cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var schemas = await SchemaRegistry.Of(context, OwnerOf(admin)).Where(schema => schema.Action == action)
            .OrderByDescending(schema => schema.Version).ToListAsync(cancellationToken);
        var makers = schemas.Select(schema => schema.CreatedBy).Distinct().ToList();
        var people = await context.Users.Where(user => makers.Contains(user.Id)).ToDictionaryAsync(user => user.Id, user => user.Email!, cancellationToken);
        var keyIds = makers.Where(maker => maker.StartsWith("key:", StringComparison.Ordinal)).Select(maker => maker[4..]).ToList();
        var keys = await context.ApiKeys.Where(key => keyIds.Contains(key.Id)).ToDictionaryAsync(key => "key:" + key.Id, key => $"the API key {key.Name}", cancellationToken);
        var seen = await CountAsync(scope, action, cancellationToken);
        return new EventType(
            action, seen, (await RequiredAsync(context, admin, cancellationToken)).Contains(action),
            [.. schemas.Select(schema => new SchemaVersionRow(
                schema.Version, schema.Body, schema.CreatedAt,
                people.GetValueOrDefault(schema.CreatedBy) ?? keys.GetValueOrDefault(schema.CreatedBy) ?? schema.CreatedBy, schema.TenantNumber is null))],
            await NewestAsync(scope, action, Samples, cancellationToken));
    }

    /// <summary>How the newest entries of an action fare with a schema.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<RecentCheck> CheckRecentAsync(
        string userId, string? tenantSlug, string action, EventSchemaDocument schema, CancellationToken cancellationToken)
    {
        var (_, scope) = await AdminAsync(userId, tenantSlug, cancellationToken);
        var (lookedAt, failing, notJudged) = (0, 0, 0);
        var examples = new List<FailedEntry>();
        await foreach (var entry in store.ReadAsync(Filter(scope, action), long.MaxValue, Recent, cancellationToken))
        {
            lookedAt++;
            if (!EntryOutline.IsWhole(entry))
            {
                notJudged++;
            }
            else if (schema.Check(entry.Content) is { Count: > 0 } problems)
            {
                failing++;
                if (examples.Count < Examples)
                {
                    examples.Add(new FailedEntry(entry.Sequence, problems));
                }
            }
        }
        return new RecentCheck(lookedAt, failing, notJudged, examples);
    }

    /// <summary>A schema that the newest entries of an action match, as readable text; null where there is none to see.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<(string? Schema, int LookedAt)> ProposeAsync(string userId, string? tenantSlug, string action, CancellationToken cancellationToken)
    {
        var (_, scope) = await AdminAsync(userId, tenantSlug, cancellationToken);
        var entries = (await NewestAsync(scope, action, Proposed, cancellationToken)).Where(EntryOutline.IsWhole).ToList();
        return (entries.Count == 0 ? null : SchemaProposal.Of([.. entries.Select(entry => entry.Content)]), entries.Count);
    }

    /// <summary>Registers the next version of an action's schema.</summary>
    /// <param name="userId">Who does.</param>
    /// <param name="tenantSlug">The account.</param>
    /// <param name="action">The action.</param>
    /// <param name="text">The schema as JSON.</param>
    /// <param name="client">From where.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">The action or the schema is unfit.</exception>
    public async Task<EventSchema> RegisterAsync(
        string userId, string? tenantSlug, string action, string text, Client client, CancellationToken cancellationToken) =>
        await registry.RegisterAsync(userId, tenantSlug, action, Read(text), client, cancellationToken);

    /// <summary>The schema in a text.</summary>
    /// <exception cref="RefusedException">It is none; the message says why and where.</exception>
    public static EventSchemaDocument Read(string text)
    {
        var faults = new List<SchemaFault>();
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return EventSchemaDocument.Read(document.RootElement, faults) ?? throw new RefusedException($"The schema can't be used. {string.Join(". ", faults)}.");
        }
        catch (JsonException fault)
        {
            throw new RefusedException($"The schema is not JSON: reading stopped in line {fault.LineNumber + 1}, or a name stands twice in one object.");
        }
    }

    private async Task<(Member Admin, ReadScope Scope)> AdminAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageSchemas, cancellationToken);
        return (admin, await scopes.OfAsync(admin.Tenant, cancellationToken));
    }

    private Task<long> CountAsync(ReadScope scope, string action, CancellationToken cancellationToken) =>
        store.CountAsync(Filter(scope, action), long.MaxValue, cancellationToken);

    private async Task<IReadOnlyList<AuditEntry>> NewestAsync(ReadScope scope, string action, int limit, CancellationToken cancellationToken)
    {
        var entries = new List<AuditEntry>();
        await foreach (var entry in store.ReadAsync(Filter(scope, action), long.MaxValue, limit, cancellationToken))
        {
            entries.Add(entry);
        }
        return entries;
    }

    private static EntryFilter Filter(ReadScope scope, string action) => new() { Scope = scope, Action = action };

    private static SchemaOwner OwnerOf(Member admin) => new(admin.Tenant, admin.TenantId);

    private static Task<List<string>> RequiredAsync(ConsoleDbContext context, Member admin, CancellationToken cancellationToken) =>
        context.SchemaRequirements.Where(requirement => requirement.TenantNumber == admin.Tenant).Select(requirement => requirement.Action).ToListAsync(cancellationToken);
}
