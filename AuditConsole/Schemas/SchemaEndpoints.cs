using AuditConsole.Api;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Reading;
using AuditConsole.Storage;
using AuditConsole.WorkOS;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.Schemas;

/// <summary>
/// <c>/audit_logs/actions</c>: schemas as WorkOS's API has them. A tenant's key works on that tenant's schemas; a key
/// for all tenants on those that are for all of them, as a WorkOS key does in its environment, or with X-Tenant-ID on
/// that tenant's.
/// </summary>
internal static class SchemaEndpoints
{
    /// <summary><c>GET /audit_logs/actions</c>.</summary>
    public static async Task<IResult> ListActionsAsync(HttpContext context, [FromServices] SchemaList list, CancellationToken cancellationToken)
    {
        try
        {
            return SchemaAnswers.Of(await list.ActionsAsync(OwnerOf(context), PageOf(context.Request), cancellationToken));
        }
        catch (RefusedException refused)
        {
            return Invalid(refused);
        }
    }

    /// <summary><c>GET /audit_logs/actions/{actionName}/schemas</c>.</summary>
    public static async Task<IResult> ListVersionsAsync(HttpContext context, string actionName, [FromServices] SchemaList list, CancellationToken cancellationToken)
    {
        try
        {
            return await list.VersionsAsync(OwnerOf(context), ActionOf(actionName), PageOf(context.Request), cancellationToken) is { } page
                ? SchemaAnswers.Of(page)
                : WorkOSError.Result(404, "action_not_found", "No schema is registered for this action.");
        }
        catch (RefusedException refused)
        {
            return Invalid(refused);
        }
    }

    /// <summary><c>POST /audit_logs/actions/{actionName}/schemas</c>.</summary>
    public static async Task<IResult> RegisterAsync(HttpContext context, string actionName, [FromServices] SchemaRegistry registry, CancellationToken cancellationToken)
    {
        if (!AppendEndpoint.IsJson(context.Request) || context.Request.Headers.ContentEncoding.Count > 0)
        {
            return ApiErrors.UnsupportedMediaType(context.Request);
        }
        using var body = await RequestBody.ReadAsync(context.Request, cancellationToken);
        if (body is null)
        {
            return ApiErrors.TooLarge();
        }
        using var document = WorkOSBody.Read(body.Bytes, out var unreadable);
        if (document is null)
        {
            return unreadable!;
        }
        var faults = new List<SchemaFault>();
        if (EventSchemaDocument.Read(document.RootElement, faults) is not { } schema)
        {
            // No errors beside it: SDKs would show their codes in the place of the message.
            return WorkOSError.Result(422, "invalid_schema", $"The schema is refused, nothing was registered. {string.Join(". ", faults)}.");
        }
        try
        {
            return SchemaAnswers.Of(await registry.RegisterAsync(OwnerOf(context), ActingOf(context), ActionOf(actionName), schema, cancellationToken), StatusCodes.Status201Created);
        }
        catch (RefusedException refused)
        {
            return WorkOSError.Result(422, "invalid_schema", refused.Message);
        }
        catch (StorageException)
        {
            return WorkOSError.Result(500, "storage_error", "The schema could not be written to disk. Nothing was registered. Send it again.");
        }
    }

    // The one character that stays escaped in a part of an address.
    private static string ActionOf(string part) => part.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase).Trim();

    // A key for all tenants has a caller only where the request names a tenant.
    private static SchemaOwner OwnerOf(HttpContext context) => context.Features.Get<KeyCaller>() is { } key
        ? new SchemaOwner(key.Tenant.Tenant, key.Tenant.TenantId)
        : SchemaOwner.Everybody;

    private static Acting ActingOf(HttpContext context)
    {
        var key = context.Features.Get<KnownKey>() ?? throw new InvalidOperationException("This route is for keys alone.");
        return new Acting(new Actor(Actor.ApiKeyType, key.Id, key.Name), $"key:{key.Id}", Client.Of(context));
    }

    private static SchemaPageRequest PageOf(HttpRequest request)
    {
        var problems = new List<ApiErrorDetail>();
        var query = ReadParameters.Read(request, SchemaDocs.Paging, problems);
        if (problems.Count > 0)
        {
            throw new RefusedException($"The parameter {problems[0].Field} {problems[0].Message}.");
        }
        var page = new SchemaPageRequest(query.Number("limit") ?? 10, query.Text("order") == "asc", query.Text("before"), query.Text("after"));
        return page is { Before: not null, After: not null } ? throw new RefusedException("Give before or after, one of them.") : page;
    }

    private static IResult Invalid(RefusedException refused) => WorkOSError.Result(422, "invalid_parameter", refused.Message);
}
