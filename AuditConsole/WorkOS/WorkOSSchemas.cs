using Microsoft.OpenApi;
using static AuditConsole.ApiReference.WireSchemas;

namespace AuditConsole.WorkOS;

/// <summary>The schemas of the WorkOS Audit Logs API, as its published OpenAPI description has them.</summary>
internal static class WorkOSSchemas
{
    /// <summary>Adds them to a document.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        var schemas = new Dictionary<string, OpenApiSchema>
        {
            [Error] = Object("The shape of errors of the WorkOS API.",
                ("message", Text("For people: what happened, and what to do."), true), ("code", Text("For programs."), true),
                ("errors", List(Ref("WorkOSProblem"), "Each place that is wrong."), false)),
            ["WorkOSProblem"] = Object("A place that is wrong.",
                ("instancePath", Text("A JSON Pointer into the event; with status 400."), false), ("field", Text("The field of the request; with status 422."), false),
                ("code", Text("What kind of wrong."), false), ("message", Text("What is wrong."), true)),
            ["WorkOSEvent"] = Open(Object("An event for an organization.",
                ("organization_id", Text("The tenant's external id or its UUID."), true), ("event", Open(Object("What happened.",
                    ("action", Text("1 to 128 characters."), true), ("occurred_at", Time("When it happened."), true), ("version", Integer("The version of the schema."), false),
                    ("actor", Ref("WorkOSParty"), true), ("targets", Limited(List(Ref("WorkOSParty"), "The first becomes the main entity."), 1, 51), true),
                    ("context", Open(Object("Where it came from.", ("location", Text("An IP address, or some other place."), true), ("user_agent", Text("The client's own name for itself."), false))), true),
                    ("metadata", Ref("WorkOSMetadata"), false))), true))),
            ["WorkOSParty"] = Open(Object("An actor or a target.",
                ("id", Text("1 to 256 characters."), true), ("type", Text("1 to 256 characters."), true), ("name", Text("For people."), false), ("metadata", Ref("WorkOSMetadata"), false))),
            ["WorkOSMetadata"] = new()
            {
                Type = JsonSchemaType.Object,
                MaxProperties = EventMapping.MostMetadata,
                Description = "Keys of up to 40 letters, digits, `_` and `-`; texts of up to 500 characters, numbers or booleans.",
                AdditionalPropertiesAllowed = true,
            },
            ["WorkOSExportRequest"] = Open(Object("What an export selects.",
                ("organization_id", Text("The tenant's external id or its UUID."), true), ("range_start", Time("The first instant."), true),
                ("range_end", Time("The first instant that isn't meant any more."), true), ("actions", Texts("Exact actions."), false),
                ("actor_names", Texts("Exact names of actors."), false), ("actors", Texts("The older name of `actor_names`."), false),
                ("actor_ids", Texts("Exact ids of actors."), false), ("targets", Texts("Types of targets."), false))),
            ["WorkOSExport"] = Object("An export.",
                ("object", Text("`audit_log_export`."), true), ("id", Text("`audit_log_export_…`."), true),
                ("state", new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["pending", "ready", "error", "expired"], Description = "How far it is." }, true),
                ("url", Text("Where the CSV is for 10 minutes; only while it is ready."), false),
                ("created_at", Time("When it was asked for."), true), ("updated_at", Time("When its state last changed."), true)),
            ["WorkOSEvents"] = List(Open(Object("An event.",
                ("id", Id("The entry's id."), true), ("action", Text("What was done."), true), ("occurred_at", Time("When it happened."), true), ("version", Integer("The version of the schema."), false),
                ("actor", Ref("WorkOSParty"), true), ("targets", List(Ref("WorkOSParty"), "The main entity first."), true),
                ("context", Object("Where it came from.", ("location", Text("An IP address, or some other place."), true), ("user_agent", Text("The client's own name for itself."), false)), true),
                ("metadata", Ref("Metadata"), true))), "Newest first."),
            ["WorkOSRetention"] = Open(Object("How long entries live.",
                ("retention_period_in_days", new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "30 to 3,650 where it is set here." }, true))),
            ["WorkOSConfiguration"] = Object("How an organization's log is kept.",
                ("organization_id", Text("The tenant's external id, or its UUID where it has none."), true),
                ("retention_period_in_days", new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "How many days entries live." }, true),
                ("state", Text("`active`."), true)),
            ["WorkOSCreated"] = Object("The event is stored.", ("success", new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "`true`." }, true), ("id", Id("The entry's id."), true)),
        };
        foreach (var (name, schema) in schemas)
        {
            document.Components!.Schemas![name] = schema;
        }

        IOpenApiSchema Ref(string name) => new OpenApiSchemaReference(name, document);
    }

    /// <summary>The name of the schema of errors.</summary>
    public const string Error = "WorkOSError";

    private static OpenApiSchema Texts(string description) => List(Text("One of them."), description);

    // WorkOS's description allows members beside those that it has.
    private static OpenApiSchema Open(OpenApiSchema schema)
    {
        schema.AdditionalPropertiesAllowed = true;
        return schema;
    }
}
