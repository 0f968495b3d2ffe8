using AuditConsole.Core;
using AuditConsole.Exports;
using Microsoft.AspNetCore.Http.Features;

namespace AuditConsole.Reading;

/// <summary>Streams entries as a file. Memory doesn't grow with their number; a failure breaks the connection off, so that a short file never looks complete.</summary>
/// <param name="contentType">The header.</param>
/// <param name="open">Begins the file on a stream.</param>
/// <param name="entries">What it holds.</param>
internal sealed partial class EntryStreamResult(string contentType, Func<Stream, EntryFile> open, IAsyncEnumerable<AuditEntry> entries) : IResult
{
    public EntryStreamResult(ReadFormat format, IAsyncEnumerable<AuditEntry> entries) : this(
        format == ReadFormat.Csv ? ReadFormats.Csv + "; charset=utf-8" : ReadFormats.Ndjson,
        output => format == ReadFormat.Csv ? new RawCsvFile(output) : new NdjsonFile(output), entries)
    {
    }

    public async Task ExecuteAsync(HttpContext context)
    {
        var (response, cancellationToken) = (context.Response, context.RequestAborted);
        response.ContentType = contentType;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            await using var reading = entries.GetAsyncEnumerator(cancellationToken);
            // Before the first byte, so that a store that fails at once can still be told.
            var any = await reading.MoveNextAsync();
            var file = open(response.Body);
            for (; any; any = await reading.MoveNextAsync())
            {
                await file.WriteAsync(reading.Current, cancellationToken);
            }
            await file.EndAsync(cancellationToken);
        }
        catch (Exception fault) when (response.HasStarted && !cancellationToken.IsCancellationRequested)
        {
            Log.Broken(context.RequestServices.GetRequiredService<ILogger<EntryStreamResult>>(), fault);
            context.Abort();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A stream of entries broke off")]
        public static partial void Broken(ILogger logger, Exception fault);
    }
}
