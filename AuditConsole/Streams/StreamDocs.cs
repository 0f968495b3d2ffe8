using AuditConsole.ApiReference;
using AuditConsole.Reading;
using Microsoft.OpenApi;
using static AuditConsole.ApiReference.WireSchemas;

namespace AuditConsole.Streams;

/// <summary>What the reference says of the routes of streams.</summary>
internal static class StreamDocs
{
    private const string Needs = "Needs the scope `streams:write` and programmatic reading. docs/streams.md says what streams promise.";

    private const string Draft =
        """{ "name": "SIEM", "kind": "http", "format": "json", "filter": { "actions": ["RulePublished"] }, "settings": { "url": "https://siem.example.com/audit", "bearer_token": "t0k3n" } }""";

    private const string Example =
        """
        {
          "id": "str_4fK9mK2pQ7vX1cZd", "name": "SIEM", "kind": "http", "purpose": "stream", "format": "json", "filter": { "actions": ["RulePublished"] }, "redactions": [],
          "settings": { "url": "https://siem.example.com/audit" }, "secrets": { "bearer_token": "…" }, "created_at": "2026-11-21T16:42:07.318Z", "created_by": "key:key_7",
          "changed_at": "2026-11-21T16:42:07.318Z", "state": "active", "lag_entries": 0, "lag_seconds": 0, "entries_per_minute": 12.4, "delivered": 48190, "too_old": 0, "dead_letters": 0, "failures": 0
        }
        """;

    private const string Outcome = """{ "verdict": "delivered", "message": "siem.example.com answered 200 OK.", "status": 200 }""";

    private static readonly IReadOnlyList<ApiErrorDoc> Keys =
    [
        .. ApiErrorDocs.Keys,
        new(403, "session_required", "Programmatic reading is off for this account. notices says who can turn it on."),
    ];

    private static readonly IReadOnlyList<ApiErrorDoc> One = [.. Keys, new(404, "not_found", "The account has no such stream.")];

    private static readonly IReadOnlyList<ApiErrorDoc> Drafts =
    [
        new(408, "request_timeout", "The body came too slowly."),
        new(413, "too_large", "The body has more than 32 MiB."),
        new(415, "unsupported_media_type", "The body is not JSON in UTF-8, or is compressed."),
        new(422, "invalid_stream", "Something of the stream is wrong. details names each field; nothing was changed."),
        new(422, "refused", "The account has as many streams as it may."),
    ];

    /// <summary><c>GET /api/streams</c>.</summary>
    public static readonly ApiDoc List = new("listStreams", "List streams", $"The account's streams, by name, and how they go; never a secret. {Needs}")
    {
        Success = "The streams.",
        Contents = [new("application/json", "Streams", $$"""{ "data": [ {{Example}} ] }""")],
        Errors = Keys,
        Curl = """curl -s "$AUDIT_CONSOLE/api/streams" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>GET /api/streams/{id}</c>.</summary>
    public static readonly ApiDoc Get = new("getStream", "Get a stream", $"A stream, and how it goes. {Needs}")
    {
        Success = "The stream.",
        Contents = [new("application/json", "Stream", Example)],
        Errors = One,
        Curl = """curl -s "$AUDIT_CONSOLE/api/streams/str_4fK9mK2pQ7vX1cZd" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>POST /api/streams</c>.</summary>
    public static readonly ApiDoc Add = new("addStream", "Add a stream", $"Adds a stream, which begins at once. What the service makes for it, as a webhook's secret, is in the answer this once. {Needs}")
    {
        Body = new("application/json", "NewStream", Draft),
        Status = 201,
        Success = "It delivers.",
        Contents = [new("application/json", "AddedStream", """{ "id": "str_4fK9mK2pQ7vX1cZd", "generated": {} }""")],
        Errors = [.. Keys, .. Drafts],
        Curl =
            """
            curl -s "$AUDIT_CONSOLE/api/streams" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"name":"SIEM","kind":"http","settings":{"url":"https://siem.example.com/audit"}}'
            """,
    };

    /// <summary><c>PUT /api/streams/{id}</c>.</summary>
    public static readonly ApiDoc Change = new("changeStream", "Change a stream", $"Gives a stream this name, format, filter, redactions and settings; secrets that are left out stay. {Needs}")
    {
        Body = new("application/json", "NewStream", Draft),
        Success = "The stream as it is now.",
        Contents = [new("application/json", "Stream", Example)],
        Errors = [.. One, .. Drafts],
        Curl =
            """
            curl -s -X PUT "$AUDIT_CONSOLE/api/streams/str_4fK9mK2pQ7vX1cZd" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"name":"SIEM","kind":"http","settings":{"url":"https://siem.example.com/audit"}}'
            """,
    };

    /// <summary><c>DELETE /api/streams/{id}</c>.</summary>
    public static readonly ApiDoc Delete = new("deleteStream", "Delete a stream", $"Deletes a stream with its dead letters and attempts. What it delivered stays where it is. {Needs}")
    {
        Success = "It is gone.",
        Contents = [new("application/json", "DeletedStream", """{ "id": "str_4fK9mK2pQ7vX1cZd", "deleted": true }""")],
        Errors = One,
        Curl = """curl -s -X DELETE "$AUDIT_CONSOLE/api/streams/str_4fK9mK2pQ7vX1cZd" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>POST /api/streams/check</c>.</summary>
    public static readonly ApiDoc Check = new("checkStream", "Try a stream's settings", $"Sends a test to where a stream would go, and answers what the other side said; nothing is kept. `field` names the setting that is wrong, where one can be told. {Needs}")
    {
        Body = new("application/json", "NewStream", Draft),
        Success = "What the other side said.",
        Contents = [new("application/json", "StreamAct", Outcome)],
        Errors = [.. Keys, .. Drafts],
        Curl =
            """
            curl -s "$AUDIT_CONSOLE/api/streams/check" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"name":"SIEM","kind":"http","settings":{"url":"https://siem.example.com/audit"}}'
            """,
    };

    /// <summary><c>GET /api/streams/{id}/attempts</c>.</summary>
    public static readonly ApiDoc Attempts = new("listStreamAttempts", "List a stream's attempts", $"Its deliveries, those that failed among them, the newest first: the last 500 of either. {Needs}")
    {
        Query = StreamEndpoints.AttemptParameters,
        Success = "The attempts.",
        Contents =
        [
            new("application/json", "StreamAttempts",
                """
                { "data": [ { "id": 90211, "at": "2026-11-21T16:42:07.318Z", "milliseconds": 41, "lane": "live", "first": 48101, "last": 48190, "count": 90, "attempt": 2, "verdict": "retry",
                  "message": "siem.example.com answered 503 Service Unavailable: it fails, for reasons of its own. It is tried again; see to it there if it goes on.", "status": 503, "answer": "maintenance" } ] }
                """),
        ],
        Errors = [.. One, new(400, "invalid_parameter", "A parameter has a value that it can't have, or isn't one of this route.")],
        Curl = """curl -sG "$AUDIT_CONSOLE/api/streams/str_4fK9mK2pQ7vX1cZd/attempts" -H "Authorization: Bearer $KEY" -d failed=true""",
    };

    /// <summary><c>GET /api/streams/{id}/dead-letters</c>.</summary>
    public static readonly ApiDoc DeadLetters = new("listDeadLetters", "List a stream's dead letters", $"Entries that the other side won't take, or that somebody skipped, with the reason: those that wait first, the newest of them first. {Needs}")
    {
        Query = StreamEndpoints.LetterParameters,
        Success = "The dead letters. Of those that were delivered after all, `resent_at` says when.",
        Contents =
        [
            new("application/json", "DeadLetters",
                """
                { "data": [ { "id": 17, "sequence": 48190, "entry_id": "0193501c-1f4a-7abc-8def-0123456789ab", "at": "2026-11-21T16:42:07.318Z",
                  "reason": "siem.example.com answered 400 Bad Request: it doesn't take what was sent. Its answer may say why.", "answer": "no such action" } ] }
                """),
        ],
        Errors = [.. One, new(400, "invalid_parameter", "A parameter has a value that it can't have, or isn't one of this route.")],
        Curl = """curl -s "$AUDIT_CONSOLE/api/streams/str_4fK9mK2pQ7vX1cZd/dead-letters" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>POST /api/streams/{id}/{act}</c>.</summary>
    public static readonly ApiDoc Act = new("actOnStream", "Act on a stream",
        $"`check` sends a test and answers what the other side said; `pause`, `resume`; `skip` goes on behind the batch that fails; `resend` sends dead letters again; `redeliver` delivers an entry again, or up to 100 in a row, under the ids that they had; `rotate` makes a webhook a new secret; `replay` sends what occurred since `from` again; `cancel-replay` ends that. {Needs}")
    {
        Query = StreamEndpoints.ActParameters,
        Success = "What came of it: the stream, or what the act gives.",
        Contents = [new("application/json", "StreamAct", Outcome)],
        Errors =
        [
            .. One,
            new(400, "invalid_parameter", "A parameter has a value that it can't have, or isn't one of this route."),
            new(422, "refused", "It can't be done now; the message says why."),
        ],
        Curl = """curl -s -X POST "$AUDIT_CONSOLE/api/streams/str_4fK9mK2pQ7vX1cZd/check" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary>Adds the forms of the wire to a document.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        var schemas = document.Components!.Schemas!;
        schemas["NewStream"] = Object("A stream as it is wanted (docs/streams.md).",
            ("name", Text("For people."), true), ("kind", Text("As `http`, `webhook`, `splunk-hec`, `s3`."), true), ("purpose", Text("`checkpoints` for a bucket that keeps signed checkpoints instead of entries; else left out."), false), ("format", Text("`json`, `ocsf`, `cef` or `syslog`."), false),
            ("filter", Open("Exact matches: entity_type, actions, slug, actor, ip, target."), false), ("redactions", List(Text("As `/metadata/user/ssn`."), "Places that are left out."), false),
            ("settings", Open("The kind's settings, secrets among them."), true), ("since", Text("Of a new stream: an instant or a UTC day from which on entries are sent too."), false));
        schemas["Stream"] = Open("A stream and how it goes (docs/streams.md).");
        schemas["Streams"] = Object("All streams.", ("data", List(new OpenApiSchemaReference("Stream", document), "By name."), true));
        schemas["AddedStream"] = Object("What was added.", ("id", Text("`str_…`."), true), ("generated", Open("What the service made, by the setting's name."), true));
        schemas["DeletedStream"] = Object("What was deleted.", ("id", Text("`str_…`."), true), ("deleted", new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "True." }, true));
        schemas["StreamAttempts"] = Object("Attempts.", ("data", List(Open("An attempt at a batch."), "The newest first."), true));
        schemas["DeadLetters"] = Object("Dead letters.", ("data", List(Open("An entry that was not taken."), "Those that wait first."), true));
        schemas["StreamAct"] = Open("What came of it.");
    }

    private static OpenApiSchema Open(string description) => new() { Type = JsonSchemaType.Object, Description = description, AdditionalPropertiesAllowed = true };
}
