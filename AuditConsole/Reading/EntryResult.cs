using System.Buffers;
using AuditConsole.Core;

namespace AuditConsole.Reading;

/// <summary>One wire entry.</summary>
internal sealed class EntryResult(AuditEntry entry) : IResult
{
    public async Task ExecuteAsync(HttpContext context)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        EntryJson.Write(entry, output);
        context.Response.ContentType = ReadFormats.Json;
        context.Response.ContentLength = output.WrittenCount;
        await context.Response.Body.WriteAsync(output.WrittenMemory, context.RequestAborted);
    }
}
