using System.Text;
using AuditConsole.Verify.Input;

namespace AuditConsole.Verify.Exports;

/// <summary>
/// Reads the rows of a CSV file, RFC 4180, with or without quotes, byte order mark and CR, separated by commas,
/// semicolons or tabs: a program that saved the file again may have chosen others.
/// </summary>
internal sealed class CsvRows(Stream stream)
{
    private const int MostCharactersInRow = 64 * 1024 * 1024;

    private readonly StreamReader _reader = new(stream, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false, 128 * 1024);
    private readonly StringBuilder _cell = new();
    private readonly List<string> _cells = [];
    private char _separator = ',';
    private long _characters;

    /// <summary>The header's cells; decides on the separator.</summary>
    public string[] ReadHeader()
    {
        if (_reader.Peek() == '\uFEFF')
        {
            _reader.Read();
        }
        var first = _reader.Peek() < 0 ? throw new UnreadableException("The CSV file is empty.", "truncated") : "";
        // The names of the columns have none of these characters.
        var header = new StringBuilder(first);
        for (var next = _reader.Read(); next is >= 0 and not '\n'; next = _reader.Read())
        {
            header.Append((char)next);
            if (header.Length > 64 * 1024)
            {
                throw new UnreadableException("The first line of the CSV file is no header.");
            }
        }
        var text = header.ToString().TrimEnd('\r');
        _separator = new[] { ',', ';', '\t' }.MaxBy(candidate => text.Count(c => c == candidate));
        return [.. text.Split(_separator).Select(name => name.Length > 1 && name[0] == '"' && name[^1] == '"' ? name[1..^1] : name)];
    }

    /// <summary>The next row's cells, or null.</summary>
    /// <exception cref="UnreadableException">A quoted cell has no end.</exception>
    public string[]? Read()
    {
        _cells.Clear();
        _characters = 0;
        if (_reader.Peek() < 0)
        {
            return null;
        }
        while (true)
        {
            var end = _reader.Peek() == '"' ? ReadQuoted() : ReadPlain();
            _cells.Add(_cell.ToString());
            _cell.Clear();
            if (end != _separator)
            {
                return [.. _cells];
            }
        }
    }

    private int ReadPlain()
    {
        while (true)
        {
            var next = _reader.Read();
            if (next < 0 || next == _separator || next == '\n')
            {
                return next;
            }
            if (next == '\r')
            {
                if (_reader.Peek() == '\n')
                {
                    _reader.Read();
                }
                return '\n';
            }
            Append((char)next);
        }
    }

    private int ReadQuoted()
    {
        _reader.Read();
        while (true)
        {
            var next = _reader.Read();
            if (next < 0)
            {
                throw new UnreadableException("The CSV file ends within a quoted cell: it was cut off.", "truncated");
            }
            if (next != '"')
            {
                Append((char)next);
            }
            else if (_reader.Peek() == '"')
            {
                _reader.Read();
                Append('"');
            }
            else
            {
                // What stands behind the closing quote belongs to the cell, as spreadsheets read it.
                return ReadPlain();
            }
        }
    }

    private void Append(char c)
    {
        if (++_characters > MostCharactersInRow)
        {
            throw new UnreadableException("A row of the CSV file is longer than any entry.", "too_large");
        }
        _cell.Append(c);
    }
}
