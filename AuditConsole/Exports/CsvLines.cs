using System.Buffers;
using System.Text;

namespace AuditConsole.Exports;

/// <summary>
/// Lines of CSV (RFC 4180) in UTF-8, sent in pieces of some 64 KiB. A payload is copied as the bytes that it has: a
/// library that takes texts took as long to write an entry as the store takes to read it.
/// </summary>
/// <param name="output">Where they go. It is left open.</param>
internal sealed class CsvLines(Stream output)
{
    private const int SendAfterBytes = 64 * 1024;

    // RFC 4180 asks for the first four; blanks at an end are dropped by readers that trim.
    private static readonly SearchValues<byte> Special = SearchValues.Create("\",\r\n"u8);

    private readonly ArrayBufferWriter<byte> _waiting = new(SendAfterBytes * 2);
    private bool _inLine;

    /// <summary>Writes the byte order mark, by which spreadsheets know UTF-8.</summary>
    public void ByteOrderMark() => _waiting.Write(Encoding.UTF8.Preamble);

    /// <summary>Writes the names of the columns, which need no quotes.</summary>
    public void Header(IEnumerable<string> columns) => _waiting.Write(Encoding.UTF8.GetBytes(string.Join(',', columns) + "\r\n"));

    /// <summary>Adds a cell to the line.</summary>
    /// <param name="text">Its text; null for none.</param>
    /// <param name="quoted">Whether it stands in quotes even where no reader needs them.</param>
    public void Cell(string? text, bool quoted = false)
    {
        const int MostOnStack = 512;
        var most = Encoding.UTF8.GetMaxByteCount(text?.Length ?? 0);
        if (most <= MostOnStack)
        {
            Span<byte> utf8 = stackalloc byte[MostOnStack];
            Cell(utf8[..Encoding.UTF8.GetBytes(text, utf8)], quoted);
            return;
        }
        var rented = ArrayPool<byte>.Shared.Rent(most);
        Cell(rented.AsSpan(0, Encoding.UTF8.GetBytes(text, rented)), quoted);
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>Adds a cell to the line.</summary>
    /// <param name="utf8">Its text.</param>
    /// <param name="quoted">Whether it stands in quotes even where no reader needs them.</param>
    public void Cell(ReadOnlySpan<byte> utf8, bool quoted = false)
    {
        // At most every byte is a quote, and doubled.
        var to = _waiting.GetSpan(utf8.Length * 2 + 3);
        var length = 0;
        if (_inLine)
        {
            to[length++] = (byte)',';
        }
        _inLine = true;
        if (!quoted && !NeedsQuotes(utf8))
        {
            utf8.CopyTo(to[length..]);
            _waiting.Advance(length + utf8.Length);
            return;
        }
        to[length++] = (byte)'"';
        for (var quote = utf8.IndexOf((byte)'"'); quote >= 0; quote = utf8.IndexOf((byte)'"'))
        {
            utf8[..(quote + 1)].CopyTo(to[length..]);
            length += quote + 1;
            to[length++] = (byte)'"';
            utf8 = utf8[(quote + 1)..];
        }
        utf8.CopyTo(to[length..]);
        length += utf8.Length;
        to[length++] = (byte)'"';
        _waiting.Advance(length);
    }

    /// <summary>Ends the line.</summary>
    public ValueTask EndLineAsync(CancellationToken cancellationToken)
    {
        _waiting.Write("\r\n"u8);
        _inLine = false;
        return _waiting.WrittenCount >= SendAfterBytes ? SendAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>Sends what is held back.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await output.WriteAsync(_waiting.WrittenMemory, cancellationToken);
        _waiting.ResetWrittenCount();
    }

    private static bool NeedsQuotes(ReadOnlySpan<byte> utf8) =>
        utf8.Length > 0 && (utf8[0] == ' ' || utf8[^1] == ' ' || utf8.ContainsAny(Special));
}
