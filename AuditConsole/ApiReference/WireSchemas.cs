using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace AuditConsole.ApiReference;

/// <summary>The schemas of the wire, by name (docs/format.md). The conformance tests hold the server's answers to them.</summary>
internal static class WireSchemas
{
    /// <summary>Adds them to a document.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        var schemas = new Dictionary<string, OpenApiSchema>
        {
            ["Error"] = Object("The one shape of errors.",
                ("code", Text("For programs."), true), ("message", Text("For people: what happened."), true),
                ("details", List(Ref("ErrorDetail"), "Each field that is wrong."), true),
                ("notices", List(Text("A sentence."), "Which policies decided, and what to do next."), true)),
            ["ErrorDetail"] = Object("A field that is wrong.",
                ("field", Text("Its place in the body, or the name of the parameter or header."), true), ("message", Text("What is wrong with it."), true)),
            ["Actor"] = Object("Who did it.",
                ("type", Text("`user`, `api_key`, `system`, or the producer's own word."), true), ("id", Text("Up to 256 characters."), true),
                ("name", Text("For people."), false), ("metadata", Ref("Metadata"), false)),
            ["Resource"] = Object("What was acted on.",
                ("type", Text("As `Profile`."), true), ("id", Text("Up to 256 characters."), true), ("slug", Text("The readable, immutable name."), false),
                ("version", Text("The version that the action made."), false), ("name", Text("For people."), false), ("metadata", Ref("Metadata"), false)),
            ["Metadata"] = new() { Type = JsonSchemaType.Object, Description = "A JSON object, up to 64 KiB and 16 levels deep.", AdditionalPropertiesAllowed = true },
            ["NewEntry"] = Object("An entry as a producer sends it; unknown fields are refused.", [.. Content(isNew: true)]),
            ["NewEntries"] = new()
            {
                Description = "One entry, or up to 1,000 of them, which are stored all or none.",
                OneOf = [Ref("NewEntry"), Limited(List(Ref("NewEntry"), "In the order in which they enter the chain."), 1, 1000)],
            },
            ["Entry"] = Object("An entry as it stands in the chain.",
                [("id", Id("UUIDv7."), true), ("tenant_id", Id("Whose log."), true), ("sequence", Integer("Its position in the chain: 1, 2, 3 … without gaps."), true),
                    ("recorded_at", Time("When the service recorded it; never backwards."), true), ("recorded_by", Text("The credential that wrote it: `key:…`, `user:…`, `import:…`, `console`."), true),
                    .. Content(isNew: false), ("prev_hash", Hash("The link before."), true), ("hash", Hash("Its link of the chain."), true)]),
            ["EntryOrProof"] = new() { Description = "The entry, or with `proof=true` what proves it.", OneOf = [Ref("Entry"), Ref("EntryProof")] },
            ["EntryProof"] = Object("What proves an entry, for `audit-verify`.",
                ("format", Text("`audit-console/entry-proof/v1`."), true),
                ("head", new OpenApiSchema { Type = JsonSchemaType.Object, Description = "The entry's head." }, true),
                ("details", new OpenApiSchema { Type = JsonSchemaType.Object, Description = "Its details, unless they are withheld." }, false),
                ("salt", Text("The salt that is hashed with the details, in hexadecimal."), false),
                ("proof", List(Hash("A node of the tree."), "RFC 6962, section 2.1.1."), true), ("checkpoint", Text("The signed checkpoint that covers the entry."), true)),
            ["Appended"] = Object("Where the entries stand, in the order of the request.", ("data", List(Ref("AppendedEntry"), "One for each entry."), true)),
            ["AppendedEntry"] = Object("The place of an entry.",
                ("id", Id("UUIDv7."), true), ("sequence", Integer("Its position."), true), ("hash", Hash("Its link of the chain."), true),
                ("redacted", new OpenApiSchema { Description = "What was replaced before anything was hashed, if something was." }, false)),
            ["Checkpoints"] = Object("A page of checkpoints.",
                ("data", List(new OpenApiSchema { Type = JsonSchemaType.Object, Description = "A checkpoint: size, root, chain, time, key and the signed note." }, "The newest first."), true),
                ("has_more", new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Whether there are older ones." }, true),
                ("next_before", new OpenApiSchema { Description = "Where to go on: to be sent as `before`." }, false)),
            ["ConsistencyProof"] = Object("That one checkpoint continues another.",
                ("format", Text("`audit-console/consistency-proof/v1`."), true), ("from", Integer("The older size."), true), ("to", Integer("The newer size."), true),
                ("proof", List(Hash("A node of the tree."), "RFC 6962, section 2.1.2."), true)),
            ["CheckpointKeys"] = Object("The checkpoint key.",
                ("service", Text("The name of this service in its signatures."), true),
                ("key", new OpenApiSchema { Type = JsonSchemaType.Object, Description = "The key in use: id, PEM and verifier line." }, true),
                ("previous", List(new OpenApiSchema { Type = JsonSchemaType.Object, Description = "A key that was replaced." }, "Older keys."), true)),
            ["Page"] = Page("Entry"),
            ["V1Page"] = Page("V1Entry"),
            ["V1Entry"] = Object("An entry in the words of the published read API: the resource is the main entity, created_at is when it occurred.",
                ("id", Id("UUIDv7."), true), ("actor_id", Text("The actor's id."), true), ("actor_type", Text("The actor's type."), true),
                ("action", Text("What was done."), true), ("resource_type", Text("The entity's type."), true), ("resource_id", Text("The entity's id."), true),
                ("metadata", Ref("Metadata"), true), ("reasoning", Text("Why."), false), ("created_at", Time("When it occurred."), true)),
        };
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        foreach (var (name, schema) in schemas)
        {
            document.Components.Schemas[name] = schema;
        }

        IOpenApiSchema Ref(string name) => new OpenApiSchemaReference(name, document);

        OpenApiSchema Page(string entry) => Object("A page.",
            ("data", List(Ref(entry), "The entries, in the order that was asked for."), true),
            ("next_cursor", Text("Where to go on: to be sent as `cursor`. Missing where there is nothing more."), false),
            ("has_more", new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Whether there is more already." }, true));

        IEnumerable<(string, IOpenApiSchema, bool)> Content(bool isNew) =>
        [
            ("occurred_at", Time(isNew ? "When it happened; when it is recorded, where left out." : "When it happened: UTC, milliseconds."), !isNew),
            ("actor", Ref("Actor"), true), ("action", Text("1 to 128 characters, as `RulePublished` or `workspace.member.role_changed`."), true),
            ("target", Ref("Resource"), true), ("targets", List(Ref("Resource"), "Up to 50 further resources."), false),
            ("engine_version", Text("The version of the engine that was at work."), false), ("ip", Text("The client's address."), false),
            ("location", Text("Where the client was, in free text."), false), ("user_agent", Text("The client's own name for itself."), false),
            ("reasoning", Text("Why, up to 2,000 characters."), false), ("schema_version", Integer("The version of the schema that the entry follows."), false),
            ("correlation_id", Text("Joins entries of one act."), false), ("signature", new OpenApiSchema { Description = "The producer's own signature (docs/format.md)." }, false),
            ("metadata", Ref("Metadata"), !isNew),
        ];
    }

    /// <summary>A text.</summary>
    public static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };

    internal static OpenApiSchema Time(string description) => new() { Type = JsonSchemaType.String, Format = "date-time", Description = description };

    internal static OpenApiSchema Id(string description) => new() { Type = JsonSchemaType.String, Format = "uuid", Description = description };

    private static OpenApiSchema Hash(string description) => new() { Type = JsonSchemaType.String, Pattern = "^[0-9a-f]{64}$", Description = description };

    internal static OpenApiSchema Integer(string description) => new() { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "1", Description = description };

    internal static OpenApiSchema List(IOpenApiSchema items, string description) => new() { Type = JsonSchemaType.Array, Items = items, Description = description };

    internal static OpenApiSchema Limited(OpenApiSchema list, int least, int most)
    {
        (list.MinItems, list.MaxItems) = (least, most);
        return list;
    }

    internal static OpenApiSchema Object(string description, params (string Name, IOpenApiSchema Schema, bool IsRequired)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Properties = members.ToDictionary(member => member.Name, member => member.Schema),
        Required = members.Where(member => member.IsRequired).Select(member => member.Name).ToHashSet(),
        AdditionalPropertiesAllowed = false,
    };
}
