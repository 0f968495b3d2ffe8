using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;
using AuditConsole.Core;

namespace AuditConsole.Ingest;

/// <summary>Reads the entries of a file, a JSON object a line, blank lines skipped.</summary>
internal sealed class ImportLines(Stream file, EntryDoor door, bool skipExpired) : IDisposable
{
    private const int MaxListed = EntryProblems.MaxListed;

    private readonly LineReader _lines = new(file);
    private readonly List<LineProblem> _problems = [];

    /// <summary>The first things that are wrong.</summary>
    public IReadOnlyList<LineProblem> Problems => _problems;

    /// <summary>How many things are wrong.</summary>
    public long ProblemCount { get; private set; }

    /// <summary>How many of them are an entry that has expired.</summary>
    public long ExpiredLines { get; private set; }

    /// <summary>Lines with an entry, expired ones included.</summary>
    public long Count { get; private set; }

    /// <summary>Expired entries that were skipped.</summary>
    public long Skipped { get; private set; }

    /// <summary>Bytes of the file that were read.</summary>
    public long Position => _lines.Position;

    /// <summary>Checks one line after the other.</summary>
    /// <returns>False at the end of the file.</returns>
    public async ValueTask<bool> CheckAsync(CancellationToken cancellationToken)
    {
        if (await NextAsync(cancellationToken) is not { } line)
        {
            return false;
        }
        TryParse(line, out _);
        return true;
    }

    /// <summary>Reads up to <paramref name="size"/> entries.</summary>
    /// <param name="size">How many lines make a batch; the last one of the file has fewer.</param>
    /// <param name="prepare">False to pass over them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many lines there were, and the entries of those that aren't skipped.</returns>
    public async Task<(int Lines, List<AdmittedEntry> Entries)> ReadBatchAsync(int size, bool prepare, CancellationToken cancellationToken)
    {
        var entries = new List<AdmittedEntry>(prepare ? size : 0);
        var lines = 0;
        while (lines < size && await NextAsync(cancellationToken) is { } line)
        {
            lines++;
            if (prepare && TryParse(line, out var entry))
            {
                entries.Add(door.Admit(entry));
            }
        }
        return (lines, entries);
    }

    public void Dispose() => _lines.Dispose();

    private async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadOnlyMemory<byte>? line;
            try
            {
                line = await _lines.ReadAsync(cancellationToken);
            }
            catch (InvalidDataException fault)
            {
                // Where the next line begins isn't known: the rest isn't read.
                Refuse("", fault.Message);
                return null;
            }
            if (line is not { } found)
            {
                return null;
            }
            if (found.Span.ContainsAnyExcept(" \t"u8))
            {
                Count++;
                return found;
            }
        }
    }

    private bool TryParse(ReadOnlyMemory<byte> line, [NotNullWhen(true)] out NewEntry? entry)
    {
        entry = null;
        if (!Utf8.IsValid(line.Span))
        {
            Refuse("", "is not valid UTF-8");
            return false;
        }
        try
        {
            using var document = JsonDocument.Parse(line, EntryParser.DocumentOptions);
            var errors = new EntryProblems();
            entry = door.Read(document.RootElement, "", errors);
            foreach (var error in errors.Listed)
            {
                Refuse(error.Field, error.Message);
            }
        }
        catch (JsonException fault)
        {
            Refuse("", fault.BytePositionInLine is { } at ? $"is not JSON: reading stopped at byte {at + 1:N0}" : "is not JSON");
        }
        if (entry is null || door.Window.FindRefusal(entry) is not { } refusal)
        {
            return entry is not null;
        }
        if (!door.Window.IsExpired(entry))
        {
            Refuse("occurred_at", refusal);
        }
        else if (skipExpired)
        {
            Skipped++;
        }
        else
        {
            ExpiredLines++;
            Refuse("occurred_at", refusal);
        }
        return false;
    }

    private void Refuse(string field, string message)
    {
        ProblemCount++;
        if (_problems.Count < MaxListed)
        {
            _problems.Add(new LineProblem(_lines.Number, field, message));
        }
    }
}
