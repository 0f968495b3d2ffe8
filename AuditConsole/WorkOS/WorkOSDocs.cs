using AuditConsole.ApiReference;
using AuditConsole.Ingest;
using AuditConsole.Reading;

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

    private const string Export =
        """
        {
          "object": "audit_log_export", "id": "audit_log_export_01GBZK5MP7TD1YCFQHFR22180V", "state": "ready",
          "url": "https://audit.example.com/audit_logs/exports/audit_log_export_01GBZK5MP7TD1YCFQHFR22180V/download?token=CfDJ8NqVb0eX",
          "created_at": "2026-09-02T17:14:57.094Z", "updated_at": "2026-09-02T17:14:57.120Z"
        }
        """;

    private const string Retention = """{ "retention_period_in_days": 365 }""";

    private static readonly IReadOnlyList<ApiErrorDoc> Keys =
    [
        .. ApiErrorDocs.Keys.Where(error => error.Code != "rate_limited"),
        new(429, "rate_limit_exceeded", "Too many requests a minute. Retry-After says how many seconds to wait."),
    ];

    private static readonly IReadOnlyList<ApiErrorDoc> Reading =
    [
        .. Keys, new(403, "session_required", "Programmatic reading is off for this account. The message says who can turn it on."),
    ];

    private static readonly ApiErrorDoc NoOrganization = new(404, "organization_not_found", "The organization is no tenant that the key serves.");

    private static readonly IReadOnlyList<ApiErrorDoc> Body =
    [
        new(400, "invalid_json", "The body is not a JSON object, or not unambiguous."),
        new(408, "request_timeout", "The body came too slowly."),
        new(413, "too_large", "The body has more than 32 MiB."),
        new(415, "unsupported_media_type", "The body is not JSON in UTF-8, or is compressed."),
    ];

    private static readonly IReadOnlyList<ApiErrorDoc> Range =
    [
        new(400, "invalid_parameter", "A member is missing, unknown or of another type; errors names each."),
        new(400, WorkOSError.InvalidRange, "The range is none."),
    ];

    private static readonly ApiErrorDoc Malformed = new(422, WorkOSError.ValidationFailed, "A member is missing or of another type; errors names each field.");

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
            .. Keys, .. Body, NoOrganization, Malformed,
            new(400, WorkOSError.InvalidEvent, "The event breaks a rule; errors has the instancePath of each place."),
            new(422, "idempotency_key_reused", "The key was used with another body in the last 24 hours."),
        ],
        Curl =
            """
            curl -s "$AUDIT_CONSOLE/audit_logs/events" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"organization_id":"org_01ABC","event":{"action":"user.signed_in","occurred_at":"'"$(date -u +%FT%TZ)"'","actor":{"id":"usr_41","type":"user"},"targets":[{"id":"team_1","type":"team"}],"context":{"location":"203.0.113.42"}}}'
            """,
    };

    public static readonly ApiDoc CreateExport = new("createAuditLogExport", "Create an export (WorkOS)",
        "Asks for the events of an organization as CSV. Get the export until its state is `ready`; then it has a `url`. Needs the scope `exports:read`.")
    {
        Body = new("application/json", "WorkOSExportRequest",
            """{ "organization_id": "org_01EHZNVPK3SFK441A1RGBFSHRT", "range_start": "2026-07-02T18:09:06.996Z", "range_end": "2026-09-02T18:09:06.996Z", "actions": ["user.signed_in"], "actor_names": ["Jon Smith"], "targets": ["team"] }"""),
        ErrorSchema = WorkOSSchemas.Error,
        Status = 201,
        Success = "The export is being prepared.",
        Contents = [new("application/json", "WorkOSExport", Export)],
        Errors = [.. Reading, .. Body, .. Range, NoOrganization with { Status = 400 }],
        Curl =
            """
            curl -s "$AUDIT_CONSOLE/audit_logs/exports" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"organization_id":"org_01ABC","range_start":"2026-11-01T00:00:00Z","range_end":"2026-12-01T00:00:00Z"}'
            """,
    };

    public static readonly ApiDoc GetExport = new("getAuditLogExport", "Get an export (WorkOS)",
        "The export and its state: `pending`, `ready`, `error`, or `expired` 7 days after it was asked for. The `url` gives the CSV for 10 minutes without a key; ask again for a new one. Needs the scope `exports:read`.")
    {
        ErrorSchema = WorkOSSchemas.Error,
        Success = "The export.",
        Contents = [new("application/json", "WorkOSExport", Export)],
        Errors = [.. Reading, new(404, "export_not_found", "There is no such export of an organization that the key serves.")],
        Curl = """curl -s "$AUDIT_CONSOLE/audit_logs/exports/audit_log_export_01GBZK5MP7TD1YCFQHFR22180V" -H "Authorization: Bearer $KEY" """,
    };

    public static readonly ApiDoc StreamExport = new("streamAuditLogEvents", "Export events at once (WorkOS)",
        "The events of a range, newest first, streamed as CSV or, with `Accept: application/json`, as a JSON array. Needs the scope `exports:read`.")
    {
        Query =
        [
            new("organization_id", ParameterKind.Text, "The tenant's external id or its UUID.", "org_01EHZNVPK3SFK441A1RGBFSHRT"),
            new("range_start", ParameterKind.Time, "The first instant.", "2026-11-01T00:00:00Z"),
            new("range_end", ParameterKind.Time, "The first instant that isn't meant any more.", "2026-12-01T00:00:00Z"),
            new("action[]", ParameterKind.Text, "An exact action.", "user.signed_in") { IsRepeatable = true },
            new("actor_name[]", ParameterKind.Text, "An actor's exact name.", "Jon Smith") { IsRepeatable = true },
            new("actor_id[]", ParameterKind.Text, "An actor's exact id.", "user_TF4C5938") { IsRepeatable = true },
            new("target[]", ParameterKind.Text, "A type of targets.", "team") { IsRepeatable = true },
        ],
        ErrorSchema = WorkOSSchemas.Error,
        Success = "The events.",
        Contents =
        [
            new("application/json", "WorkOSEvents",
                """[ { "id": "0193f5a0-6d1e-7c3a-9b52-4c8d1e7f2a90", "action": "user.signed_in", "occurred_at": "2026-02-02T16:35:39.317Z", "version": 1, "actor": { "id": "user_TF4C5938", "type": "user", "name": "Jon Smith" }, "targets": [ { "id": "team_J8YASKA2", "type": "team" } ], "context": { "location": "123.123.123.123", "user_agent": "Chrome/104.0.0.0" }, "metadata": { "method": "password" } } ]"""),
            new("text/csv", null, string.Join(',', EventCsvFile.Columns) + "\n"),
        ],
        Errors = [.. Reading, .. Range, NoOrganization],
        Curl =
            """
            curl -sG "$AUDIT_CONSOLE/audit_logs/exports" -H "Authorization: Bearer $KEY" -H "Accept: text/csv" \
              -d organization_id=org_01ABC -d range_start=2026-11-01T00:00:00Z -d range_end=2026-12-01T00:00:00Z -d 'action[]=user.signed_in'
            """,
    };

    public static readonly ApiDoc GetRetention = new("getAuditLogsRetention", "Get the retention (WorkOS)",
        "How many days an organization's entries live, as it was decided last. Needs the scope `retention:write`.")
    {
        ErrorSchema = WorkOSSchemas.Error,
        Success = "The retention.",
        Contents = [new("application/json", "WorkOSRetention", Retention)],
        Errors = [.. Reading, NoOrganization],
        Curl = """curl -s "$AUDIT_CONSOLE/organizations/org_01ABC/audit_logs_retention" -H "Authorization: Bearer $KEY" """,
    };

    public static readonly ApiDoc SetRetention = new("setAuditLogsRetention", "Set the retention (WorkOS)",
        "From 30 to 3,650 days. A longer one holds at once, a shorter one after 7 days; either is recorded in the log. Needs the scope `retention:write`.")
    {
        Body = new("application/json", "WorkOSRetention", Retention),
        ErrorSchema = WorkOSSchemas.Error,
        Success = "It is decided.",
        Contents = [new("application/json", "WorkOSRetention", Retention)],
        Errors = [.. Reading, .. Body, NoOrganization, Malformed],
        Curl = """curl -s -X PUT "$AUDIT_CONSOLE/organizations/org_01ABC/audit_logs_retention" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '{"retention_period_in_days":365}'""",
    };

    public static readonly ApiDoc Configuration = new("getAuditLogConfiguration", "Get the configuration (WorkOS)",
        "An organization's retention and state. Needs the scope `retention:write`.")
    {
        ErrorSchema = WorkOSSchemas.Error,
        Success = "The configuration.",
        Contents = [new("application/json", "WorkOSConfiguration", """{ "organization_id": "org_01EHZNVPK3SFK441A1RGBFSHRT", "retention_period_in_days": 365, "state": "active" }""")],
        Errors = [.. Reading, NoOrganization],
        Curl = """curl -s "$AUDIT_CONSOLE/organizations/org_01ABC/audit_log_configuration" -H "Authorization: Bearer $KEY" """,
    };
}
