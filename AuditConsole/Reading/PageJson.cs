using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using AuditConsole.Core;

namespace AuditConsole.Reading;

/// <summary>Writes pages of entries: <c>{"data":[…],"next_cursor":…,"has_more":…}</c>.</summary>
internal sealed class PageJson(ReadPage page, Action<AuditEntry, ArrayBufferWriter<byte>> writeEntry) : IResult
{
    // Most pages are sent at once, with their length.
    private const int SendAfterBytes = 512 * 1024;
    private const int MostKept = 8;

    // As large as this a new one for each page would be a burden for the collector.
    private static readonly ConcurrentBag<ArrayBufferWriter<byte>> Buffers = [];

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
        var output = Buffers.TryTake(out var kept) ? kept : new ArrayBufferWriter<byte>(SendAfterBytes / 4);
        try
        {
            await WriteAsync(output, response, cancellationToken);
        }
        finally
        {
            if (Buffers.Count < MostKept && output.Capacity <= 2 * SendAfterBytes)
            {
                output.ResetWrittenCount();
                Buffers.Add(output);
            }
        }
    }

    private async Task WriteAsync(ArrayBufferWriter<byte> output, HttpResponse response, CancellationToken cancellationToken)
    {
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
        var (head, details) = (entry.Head, entry.Details);
        var json = new MemberWriter(output);
        json.Begin();
        json.Uuid("id", entry.Id);
        json.Text("actor_id", head.Actor.Id);
        json.Text("actor_type", head.Actor.Type);
        json.Text("action", head.Action);
        json.Text("resource_type", head.Target.Type);
        json.Text("resource_id", head.Target.Id);
        json.Raw("metadata", entry.Withheld is null ? details.Metadata.Span : "{}"u8);
        json.RawIfAny("reasoning", details.Reasoning.Span);
        json.Time("created_at", entry.OccurredAt);
        json.End();
    }
}
