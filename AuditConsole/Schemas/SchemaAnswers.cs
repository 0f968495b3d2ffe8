using System.Buffers;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Schemas;

/// <summary>The JSON forms of schemas and actions (WorkOS's OpenAPI description: AuditLogSchemaJson, AuditLogActionJson and their lists).</summary>
internal static class SchemaAnswers
{
    /// <summary>One schema.</summary>
    public static IResult Of(EventSchema schema, int status) => Write(status, json => Write(json, schema));

    /// <summary>A list of versions.</summary>
    public static IResult Of(SchemaPage<EventSchema> page) => List(page, Write);

    /// <summary>A list of actions.</summary>
    public static IResult Of(SchemaPage<ActionSchema> page) => List(page, (json, action) =>
    {
        json.WriteStartObject();
        json.WriteString("object", "audit_log_action");
        json.WriteString("name", action.Newest.Action);
        json.WritePropertyName("schema");
        Write(json, action.Newest);
        json.WriteString("created_at", WireTime.Format(action.CreatedAt));
        json.WriteString("updated_at", WireTime.Format(action.Newest.CreatedAt));
        json.WriteEndObject();
    });

    private static IResult List<T>(SchemaPage<T> page, Action<Utf8JsonWriter, T> write) => Write(StatusCodes.Status200OK, json =>
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var item in page.Items)
        {
            write(json, item);
        }
        json.WriteEndArray();
        json.WriteStartObject("list_metadata");
        json.WriteString("before", page.Before);
        json.WriteString("after", page.After);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, EventSchema schema)
    {
        using var body = JsonDocument.Parse(schema.Body);
        json.WriteStartObject();
        json.WriteString("object", "audit_log_schema");
        json.WriteNumber("version", schema.Version);
        foreach (var member in body.RootElement.EnumerateObject())
        {
            member.WriteTo(json);
        }
        json.WriteString("created_at", WireTime.Format(schema.CreatedAt));
        json.WriteEndObject();
    }

    private static IResult Write(int status, Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output))
        {
            write(json);
        }
        return new JsonBytes(status, output.WrittenMemory);
    }

    private sealed class JsonBytes(int status, ReadOnlyMemory<byte> body) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
