using System.Buffers;

namespace AuditConsole.Ingest;

/// <summary>The whole body of a request in a pooled buffer.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>32 MiB.</summary>
    public const int MaxSize = 32 * 1024 * 1024;

    /// <summary>
    /// What the server takes off the wire before it hangs up. A client that is still sending when the connection
    /// closes often never sees the answer, so a body that is somewhat too large is read to its end and then refused.
    /// </summary>
    public const int MaxDrained = 2 * MaxSize;

    private byte[] _buffer;

    private RequestBody(byte[] buffer, int length) => (_buffer, Length) = (buffer, length);

    private int Length { get; set; }

    /// <summary>The bytes, without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Bytes =>
        _buffer.AsSpan(0, Length).StartsWith("\uFEFF"u8) ? _buffer.AsMemory(3, Length - 3) : _buffer.AsMemory(0, Length);

    /// <summary>Reads to the end.</summary>
    /// <returns>The body, or null if it has more than <see cref="MaxSize"/> bytes.</returns>
    /// <exception cref="BadHttpRequestException">It has far more, or broke off.</exception>
    public static async ValueTask<RequestBody?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxSize && request.Headers.Expect.Count > 0)
        {
            // The client waits for leave to send, and doesn't get it.
            return null;
        }
        var first = (int)Math.Min(request.ContentLength + 1 ?? 4096, 64 * 1024);
        var body = new RequestBody(ArrayPool<byte>.Shared.Rent(first), 0);
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(body._buffer.AsMemory(body.Length), cancellationToken)) > 0)
            {
                body.Length += read;
                if (body.Length > MaxSize)
                {
                    while (await request.Body.ReadAsync(body._buffer, cancellationToken) > 0)
                    {
                    }
                    body.Dispose();
                    return null;
                }
                body.GrowIfFull();
            }
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            (_buffer, Length) = ([], 0);
        }
    }

    private void GrowIfFull()
    {
        if (Length < _buffer.Length)
        {
            return;
        }
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(_buffer.Length * 2, MaxSize + 1));
        _buffer.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
