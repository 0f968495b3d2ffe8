using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Reading;

/// <summary>Writes pages of entries: <c>{"data":[…],"next_cursor":…,"has_more":…}</c>.</summary>
internal sealed class PageJson(ReadPage page, Action<AuditEntry, ArrayBufferWriter<byte>> writeEntry) : IResult
{
    private const int SendAfterBytes = 64 * 1024;

    /// <summary>An entry as the wire has it.</summary>
    public static readonly Action<AuditEntry, ArrayBufferWriter<byte>> Wire = EntryJson.Write;

    /// <summary>An entry as <c>/v1/audit-log</c> names its fields.</summary>
    public static readonly Action<AuditEntry, ArrayBufferWriter<byte>> V1 = WriteV1;

    public async Task ExecuteAsync(HttpContext context)
    {
        var (response, cancellationToken) = (context.Response, context.RequestAborted);
        response.ContentType = ReadFormats.Json;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }
        var output = new ArrayBufferWriter<byte>(SendAfterBytes);
        output.Write("{\"data\":["u8);
        for (var i = 0; i < page.Entries.Count; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }
            writeEntry(page.Entries[i], output);
            if (output.WrittenCount >= SendAfterBytes)
            {
                await response.Body.WriteAsync(output.WrittenMemory, cancellationToken);
                output.ResetWrittenCount();
            }
        }
        output.Write("]"u8);
        if (page.NextCursor is { } next)
        {
            output.Write(",\"next_cursor\":\""u8);
            // Base64url needs no escape.
            Encoding.ASCII.GetBytes(next.AsSpan(), output);
            output.Write("\""u8);
        }
        output.Write(page.HasMore ? ",\"has_more\":true}"u8 : ",\"has_more\":false}"u8);
        if (!response.HasStarted)
        {
            response.ContentLength = output.WrittenCount;
        }
        await response.Body.WriteAsync(output.WrittenMemory, cancellationToken);
    }

    private static void WriteV1(AuditEntry entry, ArrayBufferWriter<byte> output)
    {
        var content = entry.Content;
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("id"u8, entry.Id);
        json.WriteString("actor_id"u8, content.Actor.Id);
        json.WriteString("actor_type"u8, content.Actor.Type);
        json.WriteString("action"u8, content.Action);
        json.WriteString("resource_type"u8, content.Target.Type);
        json.WriteString("resource_id"u8, content.Target.Id);
        json.WritePropertyName("metadata"u8);
        json.WriteRawValue(content.Metadata.Utf8.Span, skipInputValidation: true);
        if (content.Reasoning is { } reasoning)
        {
            json.WriteString("reasoning"u8, reasoning);
        }
        json.WriteString("created_at"u8, WireTime.Format(entry.OccurredAt));
        json.WriteEndObject();
    }
}
