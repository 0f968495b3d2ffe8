using AuditConsole.ApiReference;
using AuditConsole.Reading;
using Microsoft.OpenApi;
using static AuditConsole.ApiReference.WireSchemas;

namespace AuditConsole.ScheduledExports;

/// <summary>What the reference says of the routes of scheduled exports.</summary>
internal static class ScheduledExportDocs
{
    private const string Needs = "Needs the scope `streams:write` and programmatic reading. docs/scheduled-exports.md says what is promised.";
    private const string Base = "/api/scheduled-exports";
    private const string One1 = $"{Base}/sx_4fK9mK2pQ7vX1cZd";
    private const string Run1 = $"{One1}/runs/0193501c-1f4a-7abc-8def-0123456789ab";

    private const string Draft =
        """{ "name": "Every night", "destination": "s3-compatible", "format": "csv", "filter": { "actions": ["RulePublished"] }, "schedule": "daily 06:00", "time_zone": "Europe/Berlin", "settings": { "endpoint": "https://s3.example.com", "bucket": "acme-audit-log", "access_key_id": "AKIA…", "secret_access_key": "t0k3n" } }""";

    private const string RunExample =
        """{ "id": "0193501c-1f4a-7abc-8def-0123456789ab", "due": "2026-11-21T05:00:00.000Z", "stands_for_due_times": 1, "manual": false, "state": "done", "attempts": 1, "started_at": "2026-11-21T05:00:00.402Z", "after": 48000, "until": 48190, "rows": 12, "bytes": 3120, "parts": 1, "finished_at": "2026-11-21T05:00:01.318Z" }""";

    private const string Example =
        $$"""
        {
          "id": "sx_4fK9mK2pQ7vX1cZd", "name": "Every night", "destination": "s3-compatible", "format": "csv", "filter": { "actions": ["RulePublished"] }, "schedule": "daily 06:00",
          "time_zone": "Europe/Berlin", "rows_per_part": 100000, "settings": { "bucket": "acme-audit-log" }, "secrets": { "secret_access_key": "…" }, "created_at": "2026-11-20T16:42:07.318Z",
          "created_by": "key:key_7", "changed_at": "2026-11-20T16:42:07.318Z", "state": "active", "next_due": "2026-11-22T05:00:00.000Z", "last_run": {{RunExample}}
        }
        """;

    private static readonly IReadOnlyList<ApiErrorDoc> Keys =
    [
        .. ApiErrorDocs.Keys,
        new(403, "session_required", "Programmatic reading is off for this account. notices says who can turn it on."),
    ];

    private static readonly IReadOnlyList<ApiErrorDoc> One = [.. Keys, new(404, "not_found", "The account has no such scheduled export, run or part.")];

    private static readonly IReadOnlyList<ApiErrorDoc> Drafts =
    [
        new(408, "request_timeout", "The body came too slowly."),
        new(413, "too_large", "The body has more than 32 MiB."),
        new(415, "unsupported_media_type", "The body is not JSON in UTF-8, or is compressed."),
        new(422, "invalid_scheduled_export", "Something of the export is wrong. details names each field; nothing was changed."),
        new(422, "refused", "The account has as many scheduled exports as it may."),
    ];

    /// <summary><c>GET /api/scheduled-exports</c>.</summary>
    public static readonly ApiDoc List = new("listScheduledExports", "List scheduled exports", $"The account's scheduled exports, by name, each with its newest run; never a secret. {Needs}")
    {
        Success = "The exports.",
        Contents = [new("application/json", "ScheduledExports", $$"""{ "data": [ {{Example}} ] }""")],
        Errors = Keys,
        Curl = $"""curl -s "$AUDIT_CONSOLE{Base}" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>GET /api/scheduled-exports/{id}</c>.</summary>
    public static readonly ApiDoc Get = new("getScheduledExport", "Get a scheduled export", $"A scheduled export and its newest run. {Needs}")
    {
        Success = "The export.",
        Contents = [new("application/json", "ScheduledExport", Example)],
        Errors = One,
        Curl = $"""curl -s "$AUDIT_CONSOLE{One1}" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>POST /api/scheduled-exports</c>.</summary>
    public static readonly ApiDoc Add = new("addScheduledExport", "Add a scheduled export", $"Adds an export; its first run is at its next due time. {Needs}")
    {
        Body = new("application/json", "NewScheduledExport", Draft),
        Status = 201,
        Success = "It is kept.",
        Contents = [new("application/json", "AddedScheduledExport", """{ "id": "sx_4fK9mK2pQ7vX1cZd", "generated": {} }""")],
        Errors = [.. Keys, .. Drafts],
        Curl =
            $$"""
            curl -s "$AUDIT_CONSOLE{{Base}}" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"name":"Every night","destination":"download","format":"csv","schedule":"daily 06:00","time_zone":"Europe/Berlin"}'
            """,
    };

    /// <summary><c>PUT /api/scheduled-exports/{id}</c>.</summary>
    public static readonly ApiDoc Change = new("changeScheduledExport", "Change a scheduled export", $"Gives an export all of this; secrets that are left out stay. A run that isn't through begins anew. {Needs}")
    {
        Body = new("application/json", "NewScheduledExport", Draft),
        Success = "The export as it is now.",
        Contents = [new("application/json", "ScheduledExport", Example)],
        Errors = [.. One, .. Drafts],
        Curl =
            $$"""
            curl -s -X PUT "$AUDIT_CONSOLE{{One1}}" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"name":"Every night","destination":"download","format":"csv","schedule":"daily 07:00","time_zone":"Europe/Berlin"}'
            """,
    };

    /// <summary><c>DELETE /api/scheduled-exports/{id}</c>.</summary>
    public static readonly ApiDoc Delete = new("deleteScheduledExport", "Remove a scheduled export", $"Removes an export with the list of its runs. What it wrote stays where it is. {Needs}")
    {
        Success = "It is gone.",
        Contents = [new("application/json", "DeletedScheduledExport", """{ "id": "sx_4fK9mK2pQ7vX1cZd", "deleted": true }""")],
        Errors = One,
        Curl = $"""curl -s -X DELETE "$AUDIT_CONSOLE{One1}" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>POST /api/scheduled-exports/{id}/{act}</c>.</summary>
    public static readonly ApiDoc Act = new("actOnScheduledExport", "Act on a scheduled export",
        $"`check` writes a test object and answers what the other side said; `pause`, `resume`; `run` makes a run now of what was recorded since the last one, or tries the one again that isn't through. {Needs}")
    {
        Success = "What came of it: the export, or what the other side said.",
        Contents = [new("application/json", "ScheduledExportAct", """{ "verdict": "delivered", "message": "A test object was written to s3://acme-audit-log/audit-log.", "status": 200 }""")],
        Errors = [.. One, new(422, "refused", "It can't be done now; the message says why.")],
        Curl = $"""curl -s -X POST "$AUDIT_CONSOLE{One1}/run" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>GET /api/scheduled-exports/{id}/runs</c>.</summary>
    public static readonly ApiDoc Runs = new("listScheduledExportRuns", "List the runs of a scheduled export", $"Its runs, the newest first, up to 500. {Needs}")
    {
        Query = [new ReadParameter("before", ParameterKind.Text, "Runs that were due before an instant or a UTC day; the newest where it is left out.", "2026-11-01")],
        Success = "The runs.",
        Contents = [new("application/json", "ScheduledExportRuns", $$"""{ "data": [ {{RunExample}} ] }""")],
        Errors = [.. One, new(400, "invalid_parameter", "`before` is no time.")],
        Curl = $"""curl -s "$AUDIT_CONSOLE{One1}/runs" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>GET /api/scheduled-exports/{id}/runs/{run}/manifest</c>.</summary>
    public static readonly ApiDoc Manifest = new("getScheduledExportManifest", "Get the manifest of a run", $"The manifest of a run that is done, as it stands beside its parts. {Needs}")
    {
        Success = "The manifest (docs/scheduled-exports.md).",
        Contents = [new("application/json", "ScheduledExportManifest", """{ "format": "audit-console/scheduled-export/v1", "count": 12, "parts": [] }""")],
        Errors = One,
        Curl = $"""curl -s "$AUDIT_CONSOLE{Run1}/manifest" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>GET /api/scheduled-exports/{id}/runs/{run}/parts/{number}</c>.</summary>
    public static readonly ApiDoc Part = new("getScheduledExportPart", "Download a part of a run",
        $"Of an export whose destination is `download`: a part, rendered from the log now, compressed with gzip. The header `X-Differs-From-Manifest` is `true` where an entry of it was withheld or has expired since the run. {Needs}")
    {
        Success = "The file.",
        Contents = [new("application/gzip", null, "…")],
        Errors = [.. One, new(422, "refused", "The export goes to a bucket: its files are there.")],
        Curl = $"""curl -s "$AUDIT_CONSOLE{Run1}/parts/1" -H "Authorization: Bearer $KEY" -o part-00001.csv.gz""",
    };

    /// <summary><c>GET /api/scheduled-exports/{id}/runs/{run}/parts/{number}/receipt</c>.</summary>
    public static readonly ApiDoc Receipt = new("getScheduledExportReceipt", "Download the receipt of a part",
        $"Of an export whose destination is `download`: the receipt of a part (docs/proofs.md), rendered now. {Needs}")
    {
        Success = "The receipt.",
        Contents = [new("application/gzip", null, "…")],
        Errors = [.. One, new(422, "refused", "The export goes to a bucket, or the log isn't signed so far yet.")],
        Curl = $"""curl -s "$AUDIT_CONSOLE{Run1}/parts/1/receipt" -H "Authorization: Bearer $KEY" -o part-00001.receipt.ndjson.gz""",
    };

    /// <summary>Adds the forms of the wire to a document.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        var schemas = document.Components!.Schemas!;
        schemas["NewScheduledExport"] = Object("A scheduled export as it is wanted (docs/scheduled-exports.md).",
            ("name", Text("For people."), true), ("destination", Text("`s3`, `s3-compatible`, `gcs` or `download`."), true), ("format", Text("`csv`, `json` or `ndjson`."), false),
            ("filter", Open("Exact matches: entity_type, actions, slug, actor, ip, target."), false), ("schedule", Text("As `daily 06:00`, `weekly monday 06:00`, `monthly 1 06:00`, `cron 0 6 * * 1-5`."), true),
            ("time_zone", Text("An IANA name; UTC where it is left out."), false), ("rows_per_part", new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "100000 where it is left out." }, false),
            ("settings", Open("The destination's settings, secrets among them."), false), ("since", Text("Of a new export: the first run holds what was recorded from this instant or UTC day on."), false));
        schemas["ScheduledExport"] = Open("A scheduled export and its newest run (docs/scheduled-exports.md).");
        schemas["ScheduledExports"] = Object("All scheduled exports.", ("data", List(new OpenApiSchemaReference("ScheduledExport", document), "By name."), true));
        schemas["ScheduledExportRuns"] = Object("Runs.", ("data", List(Open("A run."), "The newest first."), true));
        schemas["ScheduledExportManifest"] = Open("What a run holds (docs/scheduled-exports.md).");
        schemas["AddedScheduledExport"] = Object("What was added.", ("id", Text("`sx_…`."), true), ("generated", Open("What the service made, by the setting's name."), true));
        schemas["DeletedScheduledExport"] = Object("What was removed.", ("id", Text("`sx_…`."), true), ("deleted", new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "True." }, true));
        schemas["ScheduledExportAct"] = Open("What came of it.");
    }

    private static OpenApiSchema Open(string description) => new() { Type = JsonSchemaType.Object, Description = description, AdditionalPropertiesAllowed = true };
}
