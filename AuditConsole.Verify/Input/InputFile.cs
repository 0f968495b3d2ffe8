using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace AuditConsole.Verify.Input;

/// <summary>What a file is.</summary>
internal enum FileKind
{
    Unknown,
    Archive,
    Receipt,
    Csv,
    Json,
    Ndjson,
    EntryProof,
    Checkpoint,
    KeyChange,
    ConsistencyProof,
}

/// <summary>A file that was given, opened as often as needed; compressed or not.</summary>
internal sealed partial class InputFile
{
    // Enough for the first lines of every kind.
    private const int PrefixBytes = 64 * 1024;

    private const int GzipMagic = 0x1f8b;

    private InputFile(string path, FileKind kind, string? format) => (Path, Kind, Format) = (path, kind, format);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Its name, for people.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>What it looks like; what it is shows when it is read.</summary>
    public FileKind Kind { get; }

    /// <summary>The format that it names, if it names one.</summary>
    public string? Format { get; }

    /// <summary>Looks at a file's beginning.</summary>
    /// <exception cref="UnreadableException">It can't be read.</exception>
    public static InputFile Open(string path)
    {
        return Guard(path, () =>
        {
            using var stream = OpenRead(path);
            var prefix = new byte[PrefixBytes];
            var length = stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
            var text = Encoding.UTF8.GetString(prefix, 0, length).TrimStart('\uFEFF');
            var format = FormatMember().Match(text) is { Success: true } match ? match.Groups[1].Value : null;
            return new InputFile(path, KindOf(text, format), format);
        });
    }

    /// <summary>Runs what reads the file; turns what goes wrong with it into one exception for people.</summary>
    public void Read(Action<Stream> read) => Guard(Path, () =>
    {
        using var stream = OpenRead(Path);
        read(stream);
        return true;
    });

    /// <summary>The whole text of a small file.</summary>
    public string ReadText(int maxBytes)
    {
        var text = "";
        Read(stream =>
        {
            var bytes = new byte[maxBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            text = length <= maxBytes
                ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length)
                : throw new UnreadableException($"{Name} has more than {maxBytes:N0} bytes, more than such a file can have.", "too_large");
        });
        return text;
    }

    private static T Guard<T>(string path, Func<T> read)
    {
        var name = System.IO.Path.GetFileName(path);
        if (Directory.Exists(path))
        {
            throw new UnreadableException($"{path} is a folder. Give the files in it that belong together: an archive, or an export and its receipt.", "usage");
        }
        try
        {
            return read();
        }
        catch (EndOfStreamException fault)
        {
            throw new UnreadableException($"{name} is cut off.", "truncated", fault);
        }
        catch (InvalidDataException fault)
        {
            throw new UnreadableException($"{name} is damaged or cut off: its compression can't be read.", "truncated", fault);
        }
        catch (DecoderFallbackException fault)
        {
            throw new UnreadableException($"{name} is not UTF-8 text.", inner: fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UnreadableException($"{name} can't be opened: {fault.Message}", inner: fault);
        }
    }

    private static Stream OpenRead(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024, FileOptions.SequentialScan);
        Span<byte> magic = stackalloc byte[2];
        var isGzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && ((magic[0] << 8) | magic[1]) == GzipMagic;
        file.Position = 0;
        return isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static FileKind KindOf(string text, string? format)
    {
        if (format is not null)
        {
            return format switch
            {
                Core.Evidence.ArchiveFormat.Name => FileKind.Archive,
                "audit-console/entry-proof/v1" => FileKind.EntryProof,
                "audit-console/consistency-proof/v1" => FileKind.ConsistencyProof,
                _ => FileKind.Unknown,
            };
        }
        var start = text.TrimStart();
        return start.StartsWith("{\"statement\":", StringComparison.Ordinal) ? FileKind.Receipt
            : start.StartsWith('[') ? FileKind.Json
            : text.Contains("\n\n\u2014 ", StringComparison.Ordinal) && !start.StartsWith('{') ? (start.Split('\n', 3) is [_, var second, ..] && second.StartsWith("key ", StringComparison.Ordinal) ? FileKind.KeyChange : FileKind.Checkpoint)
            : start.StartsWith("{\"id\":", StringComparison.Ordinal) || start.StartsWith('{') && start.Split('\n', 2)[0].Contains("\"prev_hash\"", StringComparison.Ordinal) ? FileKind.Ndjson
            : text.Split('\n', 2)[0].Contains("occurredAt", StringComparison.Ordinal) ? FileKind.Csv
            : FileKind.Unknown;
    }

    [GeneratedRegex("""^\s*\{\s*"format"\s*:\s*"([a-z0-9./-]{1,80})["]""", RegexOptions.CultureInvariant)]
    private static partial Regex FormatMember();
}
