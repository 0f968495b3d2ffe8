using AuditConsole.ApiReference;
using AuditConsole.Ingest;

namespace AuditConsole.WorkOS;

/// <summary>What the reference says of the routes of the WorkOS Audit Logs API.</summary>
internal static class WorkOSDocs
{
    private const string Event =
        """
        {
          "organization_id": "org_01EHWNCE74X7JSDV0X3SZ3KJNY",
          "event": {
            "action": "user.signed_in",
            "occurred_at": "2026-02-02T16:35:39.317Z",
            "version": 1,
            "actor": { "id": "user_TF4C5938", "type": "user", "name": "Jon Smith", "metadata": { "role": "admin" } },
            "targets": [ { "id": "team_J8YASKA2", "type": "team", "metadata": { "owner": "user_01GBTCQ2" } } ],
            "context": { "location": "123.123.123.123", "user_agent": "Chrome/104.0.0.0" },
            "metadata": { "method": "password" }
          }
        }
        """;

    private static readonly IReadOnlyList<ApiErrorDoc> Keys =
    [
        .. ApiErrorDocs.Keys.Where(error => error.Code != "rate_limited"),
        new(429, "rate_limit_exceeded", "Too many requests a minute. Retry-After says how many seconds to wait."),
        new(404, "organization_not_found", "The organization is no tenant that the key serves."),
        new(400, "invalid_json", "The body is not a JSON object, or not unambiguous."),
        new(408, "request_timeout", "The body came too slowly."),
        new(413, "too_large", "The body has more than 32 MiB."),
        new(415, "unsupported_media_type", "The body is not JSON in UTF-8, or is compressed."),
        new(422, WorkOSError.ValidationFailed, "A member is missing or of another type; errors names each field."),
    ];

    public static readonly ApiDoc CreateEvent = new("createAuditLogEvent", "Create an event (WorkOS)",
        "Appends one event as the WorkOS SDKs send it. An organization is a tenant, named by its external id or its UUID. The first target becomes the main entity. "
        + "Needs the scope `events:write`. A repeat with the same `Idempotency-Key` and body gets the same answer for 24 hours and appends nothing.")
    {
        Headers = [new(IdempotencyHeader.Name, "1 to 255 visible ASCII characters.", "884793cd-bef4-46cf-8790-e3d4957a09ce")],
        Body = new("application/json", "WorkOSEvent", Event),
        ErrorSchema = WorkOSSchemas.Error,
        Success = "The event is stored.",
        Contents = [new("application/json", "WorkOSCreated", """{ "success": true, "id": "0193f5a0-6d1e-7c3a-9b52-4c8d1e7f2a90" }""")],
        AnswerHeaders = [new(IdempotencyHeader.Replayed, "`true` where the answer was given before.", "true")],
        Errors =
        [
            .. Keys,
            new(400, WorkOSError.InvalidEvent, "The event breaks a rule; errors has the instancePath of each place."),
            new(422, "idempotency_key_reused", "The key was used with another body in the last 24 hours."),
        ],
        Curl =
            """
            curl -s "$AUDIT_CONSOLE/audit_logs/events" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"organization_id":"org_01ABC","event":{"action":"user.signed_in","occurred_at":"'"$(date -u +%FT%TZ)"'","actor":{"id":"usr_41","type":"user"},"targets":[{"id":"team_1","type":"team"}],"context":{"location":"203.0.113.42"}}}'
            """,
    };
}
