using System.Globalization;
using System.Net.Mime;
using AuditConsole.Api;
using AuditConsole.ApiReference;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Checkpoints;

/// <summary>
/// <c>GET /api/checkpoints</c>, <c>/consistency</c> and <c>/key</c> below it: public, so that anybody can keep what was signed.
/// They tell how many entries a tenant has and nothing of what is in them.
/// </summary>
internal static class CheckpointEndpoints
{
    private const int MostInPage = 1000;

    private sealed record Page(IReadOnlyList<Item> Data, bool HasMore, long? NextBefore);

    private sealed record Item(Guid TenantId, long Size, string Root, string Chain, string Time, string KeyId, string Note);

    private sealed record Keys(string Service, KeyItem Key, IReadOnlyList<PreviousItem> Previous);

    private sealed record KeyItem(string Id, string Pem, string Vkey);

    private sealed record PreviousItem(string Id, string? Pem, string? Vkey, string ReplacedAt, string? RotationNote);

    public static void MapCheckpointRoutes(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/checkpoints").AllowAnonymous().RequireRateLimiting(CheckpointsFeature.ReadLimit);
        group.MapGet("", ListAsync).WithDoc(CheckpointDocs.List);
        group.MapGet("/consistency", ConsistencyEndpoint.GetAsync).WithDoc(CheckpointDocs.Consistency);
        group.MapGet("/key", GetKey).WithDoc(CheckpointDocs.Key);
    }

    private static async Task<IResult> ListAsync(
        HttpContext context, IDbContextFactory<ConsoleDbContext> contexts, string? tenant_id, string? limit, string? before, string? format)
    {
        var cancellationToken = context.RequestAborted;
        if (tenant_id is null || !Guid.TryParseExact(tenant_id, "D", out var tenantId))
        {
            return Wrong("tenant_id", tenant_id is null ? "is missing" : "is not a UUID", "Give the tenant's id: /api/checkpoints?tenant_id=0193f5a0-0000-7000-8000-000000000001");
        }
        if (!TryRead(limit, 1, MostInPage, 50, out var most))
        {
            return Wrong("limit", $"is not a number from 1 to {MostInPage}", "Leave it out for 50.");
        }
        if (!TryRead(before, 1, long.MaxValue, long.MaxValue, out var end))
        {
            return Wrong("before", "is not a size", "Give the next_before of the page before, or leave it out.");
        }
        if (format is not (null or "json" or "note"))
        {
            return Wrong("format", "is neither json nor note", "Leave it out for JSON.");
        }
        await using var database = await contexts.CreateDbContextAsync(cancellationToken);
        if (await database.Tenants.AsNoTracking().Where(tenant => tenant.Id == tenantId).Select(tenant => (int?)tenant.Number).SingleOrDefaultAsync(cancellationToken) is not { } number)
        {
            return ApiError.Result(404, "not_found", "There is no tenant of that id.");
        }
        var isText = format == "note" || format is null && WantsText(context.Request);
        var rows = await database.Set<StoredCheckpoint>().AsNoTracking()
            .Where(row => row.TenantNumber == number && row.Size < end)
            .OrderByDescending(row => row.Size).Take(isText ? 1 : (int)most + 1).ToListAsync(cancellationToken);
        if (isText)
        {
            return rows.Count > 0
                ? Results.Text(rows[0].Note, MediaTypeNames.Text.Plain, System.Text.Encoding.UTF8)
                : ApiError.Result(404, "not_found", "Nothing of this tenant was signed yet.", notices: ["The first checkpoint is made within about a minute of the first entry."]);
        }
        var page = rows.Take((int)most).ToList();
        return Results.Json(
            new Page(page.ConvertAll(row => Describe(row, tenantId)), rows.Count > most, rows.Count > most ? page[^1].Size : null),
            JsonForms.Wire);
    }

    private static IResult GetKey(HttpContext context, SigningKey key)
    {
        if (key.Public is not { } current)
        {
            return ApiError.Result(404, "not_found", "This service has no checkpoint key yet.", notices: ["The service's log says why. Ask again in some seconds."]);
        }
        if (!WantsJson(context.Request))
        {
            return Results.Text(current.ToPem(), "application/x-pem-file", System.Text.Encoding.ASCII);
        }
        return Results.Json(
            new Keys(
                key.Service,
                new KeyItem(current.IdText, current.ToPem(), current.ToLine(key.Service)),
                [.. key.Previous.Select(old => new PreviousItem(
                    old.Id, old.Pem, old.Pem is null ? null : CheckpointKey.Parse(old.Pem).ToLine(key.Service), WireTime.Format(old.ReplacedAt), old.Note))]),
            JsonForms.Wire);
    }

    private static Item Describe(StoredCheckpoint row, Guid tenantId)
    {
        try
        {
            var statement = SignedCheckpoint.Parse(row.Note).Statement;
            return new Item(tenantId, row.Size, statement.Root.ToString(), statement.Chain.ToString(), WireTime.Format(statement.Time), row.KeyId, row.Note);
        }
        catch (FormatException)
        {
            // It was changed in the database, which verification says; here it is given out as it is.
            return new Item(tenantId, row.Size, "", "", WireTime.Format(row.Time), row.KeyId, row.Note);
        }
    }

    public static IResult Wrong(string field, string problem, string notice) =>
        ApiError.Result(400, "invalid_parameter", $"{field} {problem}.", [new ApiErrorDetail(field, problem)], [notice]);

    private static bool TryRead(string? text, long least, long most, long otherwise, out long number)
    {
        number = otherwise;
        return text is null || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most;
    }

    private static bool WantsText(HttpRequest request) =>
        request.GetTypedHeaders().Accept.FirstOrDefault()?.MediaType.Value == MediaTypeNames.Text.Plain;

    private static bool WantsJson(HttpRequest request) =>
        request.GetTypedHeaders().Accept.FirstOrDefault()?.MediaType.Value == MediaTypeNames.Application.Json;
}
