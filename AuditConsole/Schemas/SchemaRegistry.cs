using System.Security.Cryptography;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Schemas;

/// <summary>Whose schemas are meant: a tenant's own and those for all tenants, or with no tenant the latter alone.</summary>
/// <param name="Tenant">The tenant's number in the store; null for the schemas for all tenants.</param>
/// <param name="TenantId">The tenant's UUID.</param>
public readonly record struct SchemaOwner(int? Tenant, Guid TenantId)
{
    /// <summary>All tenants, as a key for all of them registers schemas.</summary>
    public static SchemaOwner Everybody => default;
}

/// <summary>Registers schemas and says where they are required; each act is an entry of the tenant's log.</summary>
public sealed class SchemaRegistry(
    IDbContextFactory<ConsoleDbContext> contexts, IMemberDirectory directory, ServiceEntries entries, SchemaGuard guard, TimeProvider clock) : IDisposable
{
    /// <summary>The most versions of an action.</summary>
    public const int MaxVersions = 1000;

    /// <summary>The most actions with a schema.</summary>
    public const int MaxActions = 1000;

    /// <summary>The entity type of an action in the entries that tell of its schemas.</summary>
    public const string EntityType = "EventType";

    // One version after the other: a number is looked for, told in the entry and given.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>The schemas that are valid for the owner, without their bodies' meaning looked at.</summary>
    public static IQueryable<EventSchema> Of(ConsoleDbContext context, SchemaOwner owner) => owner.Tenant is { } tenant
        ? context.EventSchemas.AsNoTracking().Where(schema => schema.TenantNumber == tenant || schema.TenantNumber == null)
        : context.EventSchemas.AsNoTracking().Where(schema => schema.TenantNumber == null);

    /// <summary>An action's name without surrounding blanks.</summary>
    /// <exception cref="RefusedException">It can't be one.</exception>
    public static string CheckAction(string? action) =>
        action?.Trim() is { Length: > 0 } text && text.EnumerateRunes().Count() <= EntryParser.MaxActionLength && !text.Any(char.IsControl)
            ? text
            : throw new RefusedException($"An action has 1 to {EntryParser.MaxActionLength} characters, as user.signed_in.");

    /// <summary>Registers the next version of an action's schema. The newest one again is no new version.</summary>
    /// <param name="owner">Whose events it is for.</param>
    /// <param name="by">Who registers it.</param>
    /// <param name="action">The events' action.</param>
    /// <param name="document">The schema.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The version, which may have been there before.</returns>
    /// <exception cref="RefusedException">The action is unfit, or there are too many.</exception>
    public async Task<EventSchema> RegisterAsync(SchemaOwner owner, Acting by, string action, EventSchemaDocument document, CancellationToken cancellationToken)
    {
        action = CheckAction(action);
        var body = document.Text.ToString();
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            var newest = await Of(context, owner).Where(schema => schema.Action == action).OrderByDescending(schema => schema.Version).FirstOrDefaultAsync(cancellationToken);
            if (newest?.Body == body)
            {
                return newest;
            }
            // What is for all tenants gets a number that none of them has given.
            var last = owner.Tenant is null
                ? await context.EventSchemas.Where(schema => schema.Action == action).MaxAsync(schema => (int?)schema.Version, cancellationToken)
                : newest?.Version;
            if (last >= MaxVersions)
            {
                throw new RefusedException($"{action} has {MaxVersions:N0} versions, which are the most.");
            }
            if (newest is null && await Of(context, owner).Select(schema => schema.Action).Distinct().CountAsync(cancellationToken) >= MaxActions)
            {
                throw new RefusedException($"There are schemas for {MaxActions:N0} actions, which are the most.");
            }
            var schema = new EventSchema
            {
                Id = RandomText.NewSchemaId(),
                TenantNumber = owner.Tenant,
                Action = action,
                Version = (last ?? 0) + 1,
                Body = body,
                CreatedAt = WireTime.Truncate(clock.GetUtcNow()),
                CreatedBy = by.Subject,
            };
            await RecordAsync(context, owner, by, schema, cancellationToken);
            return schema;
        }
        finally
        {
            guard.Clear();
            _turn.Release();
        }
    }

    /// <summary>Registers the next version, as an Admin does.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">The action is unfit, or there are too many.</exception>
    public async Task<EventSchema> RegisterAsync(
        string userId, string? tenantSlug, string action, EventSchemaDocument document, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageSchemas, cancellationToken);
        return await RegisterAsync(new SchemaOwner(admin.Tenant, admin.TenantId), Acting.As(admin, client), action, document, cancellationToken);
    }

    /// <summary>Takes events of an action only if they match their schema, or all of them again.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">It is so already, or the action has no schema.</exception>
    public async Task RequireAsync(string userId, string? tenantSlug, string action, bool required, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageSchemas, cancellationToken);
        try
        {
            await entries.AppendAsync(
                admin.Tenant, admin.TenantId, Acting.As(admin, client), "SchemaRequirementChanged", new Resource(EntityType, action),
                new Dictionary<string, object?> { ["required"] = required },
                context =>
                {
                    var found = context.SchemaRequirements.Find(admin.Tenant, action);
                    if (found is not null == required)
                    {
                        throw new RefusedException("It is so already. Look again.");
                    }
                    if (found is not null)
                    {
                        context.SchemaRequirements.Remove(found);
                        return;
                    }
                    if (!Of(context, new SchemaOwner(admin.Tenant, admin.TenantId)).Any(schema => schema.Action == action))
                    {
                        throw new RefusedException($"Register a schema for {action} first: without one, there is nothing to require.");
                    }
                    context.SchemaRequirements.Add(new SchemaRequirement
                    {
                        TenantNumber = admin.Tenant,
                        Action = action,
                        Since = clock.GetUtcNow(),
                        DecidedBy = admin.UserId,
                    });
                },
                cancellationToken);
        }
        finally
        {
            guard.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task RecordAsync(ConsoleDbContext context, SchemaOwner owner, Acting by, EventSchema schema, CancellationToken cancellationToken)
    {
        var target = new Resource(EntityType, schema.Action, Version: schema.Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        // Not the schema itself: it may be larger and deeper than a payload.
        var facts = new Dictionary<string, object?>
        {
            ["schema_id"] = schema.Id,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(schema.Body))),
        };
        var tenants = new List<(int Number, Guid Id)>();
        if (owner.Tenant is { } tenant)
        {
            tenants.Add((tenant, owner.TenantId));
        }
        else
        {
            facts["all_tenants"] = true;
            tenants.AddRange((await context.Tenants.OrderBy(row => row.Number).Select(row => new { row.Number, row.Id }).ToListAsync(cancellationToken))
                .Select(row => (row.Number, row.Id)));
        }
        // The schema comes with the last record: one that somebody wasn't told of is never in force.
        for (var i = 0; i < tenants.Count; i++)
        {
            await entries.AppendAsync(
                tenants[i].Number, tenants[i].Id, by, "EventSchemaRegistered", target, facts,
                i == tenants.Count - 1 ? change => change.EventSchemas.Add(schema) : null, cancellationToken);
        }
    }
}
