using AuditConsole.ApiReference;
using AuditConsole.Reading;
using AuditConsole.WorkOS;
using Microsoft.OpenApi;
using static AuditConsole.ApiReference.WireSchemas;

namespace AuditConsole.Schemas;

/// <summary>What the reference says of the routes of schemas.</summary>
internal static class SchemaDocs
{
    /// <summary>The parameters of lists.</summary>
    public static readonly IReadOnlyList<ReadParameter> Paging =
    [
        new("before", ParameterKind.Text, "Objects before this one: an id from `list_metadata`.", "als_01HXYZ123456789A"),
        new("after", ParameterKind.Text, "Objects after this one: an id from `list_metadata`.", "als_01HXYZ987654321K"),
        new("limit", ParameterKind.Number, "The most objects of a page.", "10") { Least = 1, Most = 100, Default = "10" },
        new("order", ParameterKind.Choice, "By the time of registration; `normal` is `desc`.", "desc") { Choices = ["desc", "asc", "normal"], Default = "desc" },
    ];

    private const string Body =
        """
        {
          "actor": { "metadata": { "type": "object", "properties": { "role": { "type": "string" } } } },
          "targets": [ { "type": "invoice", "metadata": { "type": "object", "properties": { "cost": { "type": "number", "minimum": 0 } }, "required": ["cost"] } } ],
          "metadata": { "type": "object", "properties": { "transactionId": { "type": "string", "maxLength": 64 } } }
        }
        """;

    private const string Example =
        """
        {
          "object": "audit_log_schema", "version": 1,
          "actor": { "metadata": { "type": "object", "properties": { "role": { "type": "string" } } } },
          "targets": [ { "type": "invoice", "metadata": { "type": "object", "properties": { "cost": { "type": "number", "minimum": 0 } }, "required": ["cost"] } } ],
          "metadata": { "type": "object", "properties": { "transactionId": { "type": "string", "maxLength": 64 } } },
          "created_at": "2026-01-15T12:00:00.000Z"
        }
        """;

    private static readonly IReadOnlyList<ApiErrorDoc> Keys =
    [
        .. ApiErrorDocs.Keys.Where(error => error.Code != "rate_limited"),
        new(429, "rate_limit_exceeded", "Too many requests a minute. Retry-After says how many seconds to wait."),
    ];

    private static readonly ApiErrorDoc InvalidParameter = new(422, "invalid_parameter", "A parameter is unknown, or has a value that it can't have.");

    /// <summary><c>GET /audit_logs/actions</c>.</summary>
    public static readonly ApiDoc Actions = new("listAuditLogActions", "List actions (WorkOS)",
        "The actions that have a schema, each with its newest version. Needs the scope `schemas:write`.")
    {
        Query = Paging,
        ErrorSchema = WorkOSSchemas.Error,
        Success = "A page of actions.",
        Contents = [new("application/json", "WorkOSActions", $$"""{ "object": "list", "data": [ { "object": "audit_log_action", "name": "user.viewed_invoice", "schema": {{Example}}, "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z" } ], "list_metadata": { "before": null, "after": null } }""")],
        Errors = [.. Keys, InvalidParameter],
        Curl = """curl -s "$AUDIT_CONSOLE/audit_logs/actions" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>GET /audit_logs/actions/{actionName}/schemas</c>.</summary>
    public static readonly ApiDoc Versions = new("listAuditLogSchemas", "List schemas of an action (WorkOS)",
        "The versions of an action's schema. Needs the scope `schemas:write`.")
    {
        Query = Paging,
        ErrorSchema = WorkOSSchemas.Error,
        Success = "A page of versions.",
        Contents = [new("application/json", "WorkOSSchemas", $$"""{ "object": "list", "data": [ {{Example}} ], "list_metadata": { "before": null, "after": null } }""")],
        Errors = [.. Keys, InvalidParameter, new(404, "action_not_found", "The action has no schema.")],
        Curl = """curl -s "$AUDIT_CONSOLE/audit_logs/actions/user.viewed_invoice/schemas" -H "Authorization: Bearer $KEY" """,
    };

    /// <summary><c>POST /audit_logs/actions/{actionName}/schemas</c>.</summary>
    public static readonly ApiDoc Register = new("createAuditLogSchema", "Register a schema (WorkOS)",
        "Registers the next version of an action's schema; versions never change. The newest one sent again is no new version: it is answered as it stands. "
        + "A tenant's key registers for that tenant, a key for all tenants for all of them. Needs the scope `schemas:write`. docs/schemas.md has the subset of JSON Schema that is taken.")
    {
        Body = new("application/json", "WorkOSNewSchema", Body),
        Status = 201,
        ErrorSchema = WorkOSSchemas.Error,
        Success = "The version is registered.",
        Contents = [new("application/json", "WorkOSSchema", Example)],
        Errors =
        [
            .. Keys,
            new(400, "invalid_json", "The body is not a JSON object, or not unambiguous."),
            new(408, "request_timeout", "The body came too slowly."),
            new(413, "too_large", "The body has more than 32 MiB."),
            new(415, "unsupported_media_type", "The body is not JSON in UTF-8, or is compressed."),
            new(422, "invalid_schema", "The schema isn't one that can be used; the message says why and where. Nothing was registered."),
        ],
        Curl =
            """
            curl -s "$AUDIT_CONSOLE/audit_logs/actions/user.signed_in/schemas" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"targets":[{"type":"team"}],"metadata":{"type":"object","properties":{"method":{"enum":["password","sso"]}},"required":["method"]}}'
            """,
    };

    /// <summary>Adds the forms of the wire to a document.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        var schemas = document.Components!.Schemas!;
        schemas["WorkOSJsonSchema"] = new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalPropertiesAllowed = true, Description = "A schema in the subset of JSON Schema of docs/schemas.md." };
        schemas["WorkOSSchemaActor"] = Object("The actor.", ("metadata", Ref("WorkOSJsonSchema"), true));
        schemas["WorkOSSchemaTarget"] = Object("A type of target that the events may have.", ("type", Text("As `invoice`."), true), ("metadata", Ref("WorkOSJsonSchema"), false));
        (string, IOpenApiSchema, bool)[] parts =
        [
            ("actor", Ref("WorkOSSchemaActor"), false), ("targets", Limited(List(Ref("WorkOSSchemaTarget"), "All types that the events may have."), 1, 51), true),
            ("metadata", Ref("WorkOSJsonSchema"), false),
        ];
        schemas["WorkOSNewSchema"] = Object("A schema to register.", parts);
        schemas["WorkOSSchema"] = Object("A version of an action's schema.",
            [("object", Text("`audit_log_schema`."), true), ("version", Integer("From 1."), true), .. parts, ("created_at", Time("When it was registered."), true)]);
        schemas["WorkOSAction"] = Object("An action with its newest schema.",
            ("object", Text("`audit_log_action`."), true), ("name", Text("As `user.signed_in`."), true), ("schema", Ref("WorkOSSchema"), true),
            ("created_at", Time("When its first version was registered."), true), ("updated_at", Time("When its newest version was registered."), true));
        schemas["WorkOSListMetadata"] = Object("Where the page stands.",
            ("before", new OpenApiSchema { Description = "An id to go back with, or null." }, true), ("after", new OpenApiSchema { Description = "An id to go on with, or null." }, true));
        schemas["WorkOSActions"] = ListOf("WorkOSAction");
        schemas["WorkOSSchemas"] = ListOf("WorkOSSchema");

        OpenApiSchema ListOf(string name) => Object("A page.",
            ("object", Text("`list`."), true), ("data", List(Ref(name), "The objects."), true), ("list_metadata", Ref("WorkOSListMetadata"), true));

        IOpenApiSchema Ref(string name) => new OpenApiSchemaReference(name, document);
    }
}
