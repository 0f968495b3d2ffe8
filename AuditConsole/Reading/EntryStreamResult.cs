using AuditConsole.Core;
using AuditConsole.Exports;
using Microsoft.AspNetCore.Http.Features;

namespace AuditConsole.Reading;

/// <summary>Streams entries as a file. Memory doesn't grow with their number; a failure breaks the connection off, so that a short file never looks complete.</summary>
internal sealed partial class EntryStreamResult(ReadFormat format, IAsyncEnumerable<AuditEntry> entries) : IResult
{
    public async Task ExecuteAsync(HttpContext context)
    {
        var (response, cancellationToken) = (context.Response, context.RequestAborted);
        response.ContentType = format == ReadFormat.Csv ? ReadFormats.Csv + "; charset=utf-8" : ReadFormats.Ndjson;
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
            await using EntryFile file = format == ReadFormat.Csv ? new RawCsvFile(response.Body) : new NdjsonFile(response.Body);
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
