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

    /// <summary><c>POST /api/streams/{id}/{act}</c>.</summary>
    public static readonly ApiDoc Act = new("actOnStream", "Act on a stream",
        $"`check` sends a test and answers what the other side said; `pause`, `resume`; `skip` goes on behind the batch that fails; `resend` sends dead letters again; `rotate` makes a webhook a new secret; `replay` sends what occurred since `from` again. {Needs}")
    {
        Query = [new ReadParameter("from", ParameterKind.Text, "With `replay`: an instant or a UTC day; everything where it is left out.", "2026-11-01")],
        Success = "What came of it: the stream, or what the act gives.",
        Contents = [new("application/json", "StreamAct", """{ "verdict": "delivered", "message": "siem.example.com answered 200 OK.", "status": 200 }""")],
        Errors =
        [
            .. One,
            new(400, "invalid_parameter", "`from` is no time."),
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
        schemas["StreamAct"] = Open("What came of it.");
    }

    private static OpenApiSchema Open(string description) => new() { Type = JsonSchemaType.Object, Description = description, AdditionalPropertiesAllowed = true };
}
