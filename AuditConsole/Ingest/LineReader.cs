using System.Buffers;

namespace AuditConsole.Ingest;

/// <summary>Reads a stream of UTF-8 line by line, without the line ends and a byte order mark.</summary>
internal sealed class LineReader(Stream stream) : IDisposable
{
    /// <summary>1 MiB.</summary>
    public const int MaxLine = 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>How many bytes of the stream were consumed, line ends included.</summary>
    public long Position { get; private set; }

    /// <summary>The next line, until the next call; null at the end.</summary>
    /// <exception cref="InvalidDataException">It has more than <see cref="MaxLine"/> bytes.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var searched = _start;
        while (true)
        {
            var end = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return Take(searched + end, 1);
            }
            if (_ended)
            {
                // No conditional expression: its null would become an empty line, by way of an array that is null.
                if (_start == _end)
                {
                    return null;
                }
                return Take(_end, 0);
            }
            if (_end - _start > MaxLine)
            {
                Number++;
                throw new InvalidDataException($"has more than {MaxLine:N0} bytes");
            }
            MakeRoom();
            searched = _end;
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _ended = read == 0;
            _end += read;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private ReadOnlyMemory<byte> Take(int end, int lineEnd)
    {
        Number++;
        var length = end - _start;
        if (length > MaxLine)
        {
            throw new InvalidDataException($"has more than {MaxLine:N0} bytes");
        }
        var line = _buffer.AsMemory(_start, length);
        Position += length + lineEnd;
        _start = end + lineEnd;
        if (Number == 1 && line.Span.StartsWith("\uFEFF"u8))
        {
            line = line[3..];
        }
        return line.Length > 0 && line.Span[^1] == (byte)'\r' ? line[..^1] : line;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
