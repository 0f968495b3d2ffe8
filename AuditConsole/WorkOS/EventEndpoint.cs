using System.Security.Cryptography;
using System.Text.Json;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.WorkOS;

/// <summary><c>POST /audit_logs/events</c>: appends one event.</summary>
internal static class EventEndpoint
{
    private const string Route = "POST /audit_logs/events";

    public static async Task<IResult> HandleAsync(
        HttpContext context, [FromServices] Organizations organizations, [FromServices] EntryDoors doors, [FromServices] EntryAppends appends,
        CancellationToken cancellationToken)
    {
        if (IdempotencyHeader.Read(context.Request.Headers[IdempotencyHeader.Name], out var key) is { } wrong)
        {
            return WorkOSError.Result(400, "invalid_header", $"The header Idempotency-Key {wrong}. Nothing was stored.");
        }
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
        var problems = new EventProblems();
        if (WorkOSBody.Text(document.RootElement, "organization_id", problems) is not { } organization)
        {
            return problems.ToResult();
        }
        var (caller, refusal) = await organizations.EnterAsync(context, organization, Permission.Append, cancellationToken);
        if (caller is null)
        {
            return refusal!;
        }
        try
        {
            var idempotency = key is null ? null : new IdempotencyKey(Route, key, new EntryHash(SHA256.HashData(body.Bytes.Span)));
            if (await appends.FindAsync(caller.Tenant.Tenant, idempotency, cancellationToken) is { } known)
            {
                return new AppendedResult(StatusCodes.Status200OK, known);
            }
            var door = await doors.OfAsync(caller.Tenant.Tenant, caller.Tenant.TenantId, cancellationToken);
            if (Read(document.RootElement, door, problems) is not { } entry)
            {
                return problems.ToResult();
            }
            return new AppendedResult(StatusCodes.Status200OK, await appends.AppendAsync(
                caller.Tenant.Tenant, caller.Tenant.TenantId, caller.Id, [door.Admit(entry)], idempotency, Answer, cancellationToken));
        }
        catch (IdempotencyKeyReusedException)
        {
            return WorkOSError.Result(422, "idempotency_key_reused",
                "This Idempotency-Key was used with another body in the last 24 hours. Nothing was stored. Send another event with another key.",
                [new WorkOSProblem { Code = "idempotency_key_reused", Field = IdempotencyHeader.Name, Message = "was used with another body" }]);
        }
        catch (StorageException)
        {
            return WorkOSError.Result(500, "storage_error", "The event could not be written to disk. Nothing was stored. Send it again with the same Idempotency-Key.");
        }
    }

    /// <summary>Reads the event as the entry that it becomes; null where anything is wrong with it.</summary>
    private static NewEntry? Read(JsonElement body, EntryDoor door, EventProblems problems)
    {
        if (EventMapping.Find(body, "event") is not { } sent)
        {
            problems.Missing("event");
            return null;
        }
        if (sent.ValueKind != JsonValueKind.Object)
        {
            problems.Malformed("invalid_type", "event", $"must be an object, not {EventMapping.Describe(sent)}");
            return null;
        }
        return EventReader.Read(sent, door, problems);
    }

    private static byte[] Answer(IReadOnlyList<AppendedEntry> places) =>
        JsonSerializer.SerializeToUtf8Bytes(new { success = true, id = places[0].Id });
}
