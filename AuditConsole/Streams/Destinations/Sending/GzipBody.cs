using System.IO.Compression;
using System.Net.Http.Headers;

namespace AuditConsole.Streams.Destinations.Sending;

/// <summary>Compressed bodies.</summary>
internal static class GzipBody
{
    /// <summary>The bytes, compressed. The header of gzip holds no time, so that the same bytes always give the same.</summary>
    public static byte[] Compress(ReadOnlySpan<byte> bytes)
    {
        using var compressed = new MemoryStream(bytes.Length / 4 + 64);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }
        return compressed.ToArray();
    }

    /// <summary>The body of a request, <c>Content-Encoding: gzip</c>.</summary>
    public static HttpContent Of(ReadOnlySpan<byte> bytes, string mediaType) => new ByteArrayContent(Compress(bytes))
    {
        Headers = { ContentType = new MediaTypeHeaderValue(mediaType), ContentEncoding = { "gzip" } },
    };
}
