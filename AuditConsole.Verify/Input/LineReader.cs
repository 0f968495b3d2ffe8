using System.Buffers;

namespace AuditConsole.Verify.Input;

/// <summary>Reads a stream line by line, without the line feeds. Memory is bounded by the longest line.</summary>
internal sealed class LineReader(Stream stream, int maxLine = LineReader.DefaultMaxLine) : IDisposable
{
    /// <summary>64 MiB: twice the largest request, and so more than any entry.</summary>
    public const int DefaultMaxLine = 64 * 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line, until the next call; false at the end.</summary>
    /// <exception cref="UnreadableException">It is too long, or it has no end: the file was cut off.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        var searched = _start;
        while (true)
        {
            var end = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                line = _buffer.AsMemory(_start, searched + end - _start);
                _start = searched + end + 1;
                Number++;
                return true;
            }
            if (_ended)
            {
                line = default;
                return _start == _end ? false : throw new UnreadableException($"Line {Number + 1:N0} has no end: the file was cut off.", "truncated");
            }
            if (_end - _start > maxLine)
            {
                throw new UnreadableException($"Line {Number + 1:N0} has more than {maxLine:N0} bytes, more than any entry can have.", "too_large");
            }
            MakeRoom();
            searched = _end;
            var read = stream.Read(_buffer, _end, _buffer.Length - _end);
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
