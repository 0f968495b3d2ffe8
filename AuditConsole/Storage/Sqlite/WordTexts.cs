using System.Buffers;
using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>The names of a tenant's dictionary as canonical JSON strings, kept between those who check its entries.</summary>
/// <param name="tenant">Whose names.</param>
/// <param name="entries">About how many entries will be seen: as many names are kept, within bounds.</param>
internal sealed class WordTexts(int tenant, long entries)
{
    private const int Fewest = 64;
    private const int Most = 1 << 17;

    // Names that came together are used together.
    private const int ReadTogether = 32;

    // The planner would take the index of tenant and value, and look at all of them.
    private const string Query = "SELECT id, value FROM dictionary WHERE id >= ?1 AND id < ?2 AND +tenant = ?3";

    // What stands in a JSON string as it is, whatever stands beside it.
    private static readonly SearchValues<byte> Plain = SearchValues.Create(" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private readonly ValuesById<byte[]> _words = new((uint)Math.Clamp(entries, Fewest, Most));

    /// <summary>The text, with its quotation marks; empty for 0, which stands for none.</summary>
    /// <exception cref="FormatException">The dictionary lacks the name, or it isn't UTF-8.</exception>
    /// <exception cref="CanonicalJsonException">The name was changed to what no entry can have.</exception>
    public byte[] Find(long id, ReadConnection connection)
    {
        if (id == 0)
        {
            return [];
        }
        return _words.TryGet(id, out var text) ? text : Read(id, connection);
    }

    private byte[] Read(long id, ReadConnection connection)
    {
        byte[]? found = null;
        var first = id - id % ReadTogether;
        var rows = connection.Prepare(Query).Bind(1, first).Bind(2, first + ReadTogether).Bind(3, tenant);
        try
        {
            while (rows.Step())
            {
                var (read, text) = (rows.Long(0), Canonical(rows.Bytes(1)));
                _words.Add(read, text);
                found = read == id ? text : found;
            }
        }
        finally
        {
            rows.Reset();
        }
        return found ?? throw new FormatException($"The dictionary lacks the name {id}.");
    }

    /// <summary>A stored text as a canonical JSON string.</summary>
    public static byte[] Canonical(ReadOnlySpan<byte> utf8)
    {
        if (!utf8.ContainsAnyExcept(Plain))
        {
            return [(byte)'"', .. utf8, (byte)'"'];
        }
        var output = new ArrayBufferWriter<byte>();
        CanonicalJson.WriteString(Statement.StrictText(utf8), output);
        return output.WrittenSpan.ToArray();
    }
}
