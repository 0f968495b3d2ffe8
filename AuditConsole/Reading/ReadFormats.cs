using AuditConsole.Identity;
using Microsoft.Net.Http.Headers;

namespace AuditConsole.Reading;

/// <summary>In what form a program is given entries.</summary>
internal enum ReadFormat
{
    /// <summary>A page of JSON.</summary>
    Json,

    /// <summary>The whole filter, an entry a line.</summary>
    Ndjson,

    /// <summary>The whole filter as CSV for programs.</summary>
    Csv,
}

/// <summary>Chooses the form by the header Accept.</summary>
internal static class ReadFormats
{
    public const string Json = "application/json";
    public const string Ndjson = "application/x-ndjson";
    public const string Csv = "text/csv";

    /// <summary>The form that the client likes best; JSON where it names none of them.</summary>
    public static ReadFormat Of(HttpRequest request) =>
        // Only this route has other forms.
        Of(request, isStream: string.Equals(request.Path.Value?.TrimEnd('/'), ReadingFeature.Path, StringComparison.OrdinalIgnoreCase));

    /// <summary>The form that the client likes best, of a route that has several.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isStream">Whether its route has other forms than JSON.</param>
    public static ReadFormat Of(HttpRequest request, bool isStream)
    {
        if (!isStream || !MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
        {
            return ReadFormat.Json;
        }
        foreach (var type in accepted.Where(type => type.Quality is null or > 0).OrderByDescending(type => type.Quality ?? 1))
        {
            switch (type.MediaType.Value?.ToLowerInvariant())
            {
                case Csv:
                    return ReadFormat.Csv;
                case Ndjson or "application/ndjson" or "application/jsonl":
                    return ReadFormat.Ndjson;
                case Json or "application/*" or "*/*":
                    return ReadFormat.Json;
            }
        }
        return ReadFormat.Json;
    }

    /// <summary>What a key must be allowed for it.</summary>
    public static Permission Needs(this ReadFormat format) => format == ReadFormat.Json ? Permission.ReadLog : Permission.Export;
}
