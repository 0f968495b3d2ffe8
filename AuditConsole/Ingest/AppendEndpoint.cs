using System.Security.Claims;
using System.Security.Cryptography;
using AuditConsole.Api;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.Ingest;

/// <summary><c>POST /api/audit-log</c>: appends one entry or an array of them, all or nothing.</summary>
internal static class AppendEndpoint
{
    private const string Route = "POST /api/audit-log";

    public static async Task<IResult> HandleAsync(
        HttpContext context, [FromServices] EntryDoors doors, [FromServices] EntryAppends appends, CancellationToken cancellationToken)
    {
        var (tenant, tenantId, keyId) = Producer(context.User);
        if (IdempotencyHeader.Read(context.Request.Headers[IdempotencyHeader.Name], out var key) is { } wrong)
        {
            return ApiError.Result(400, "invalid_header", "The header Idempotency-Key can't be read.",
                [new ApiErrorDetail(IdempotencyHeader.Name, wrong)], ["Nothing was stored."]);
        }
        if (!IsJson(context.Request) || context.Request.Headers.ContentEncoding.Count > 0)
        {
            return ApiErrors.UnsupportedMediaType(context.Request);
        }
        using var body = await RequestBody.ReadAsync(context.Request, cancellationToken);
        if (body is null)
        {
            return ApiErrors.TooLarge();
        }
        try
        {
            var idempotency = key is null ? null : new IdempotencyKey(Route, key, new EntryHash(SHA256.HashData(body.Bytes.Span)));
            if (await appends.FindAsync(tenant, idempotency, cancellationToken) is { } known)
            {
                return new AppendedResult(StatusCodes.Status201Created, known);
            }
            var (entries, refusal) = EntryBatch.Read(body.Bytes, await doors.OfAsync(tenant, tenantId, cancellationToken));
            return refusal ?? new AppendedResult(StatusCodes.Status201Created, await appends.AppendAsync(
                tenant, tenantId, keyId, entries, idempotency, places => AppendAnswer.Write(places, entries), cancellationToken));
        }
        catch (IdempotencyKeyReusedException)
        {
            return ApiError.Result(422, "idempotency_key_reused", "This Idempotency-Key was used with another body in the last 24 hours.",
                [new ApiErrorDetail(IdempotencyHeader.Name, "was used with another body")],
                ["Nothing was stored. Send other entries with another key."]);
        }
        catch (StorageException)
        {
            return ApiError.Result(500, "storage_error", "The entries could not be written to disk. Nothing was stored.",
                notices: ["Send the request again; the service's log tells the operator what failed."]);
        }
    }

    private static (int Tenant, Guid TenantId, string KeyId) Producer(ClaimsPrincipal key) => (
        int.Parse(key.FindFirstValue(ApiKeyPolicies.TenantClaim)!, System.Globalization.CultureInfo.InvariantCulture),
        Guid.Parse(key.FindFirstValue(ApiKeyPolicies.TenantIdClaim)!),
        key.FindFirstValue(ApiKeyPolicies.KeyIdClaim)!);

    /// <summary>Whether the body says of itself that it is JSON in UTF-8.</summary>
    internal static bool IsJson(HttpRequest request) =>
        request.HasJsonContentType() &&
        Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(request.ContentType, out var type) &&
        (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) ||
            type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));

    /// <summary>What rules sealed in the entries of a batch.</summary>
    internal static IReadOnlyList<SealedPlace> SealedIn(IReadOnlyList<AdmittedEntry> entries)
    {
        List<SealedPlace>? found = null;
        for (var i = 0; i < entries.Count; i++)
        {
            foreach (var value in entries[i].Sealed)
            {
                (found ??= []).Add(new SealedPlace(i, value));
            }
        }
        return found ?? (IReadOnlyList<SealedPlace>)[];
    }
}
