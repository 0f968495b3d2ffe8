using System.Buffers.Binary;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Storage.Segments;
using Microsoft.Win32.SafeHandles;

namespace AuditConsole.Storage.Sqlite;

/// <summary>Searches the database file for what withholding destroyed: salts, and the words that were in its dictionary.</summary>
internal sealed class WithheldRemains(int tenant)
{
    private const int Key = sizeof(uint);
    private const int BytesInChunk = 1 << 20;

    private readonly List<byte[]> _random = [];
    private readonly Dictionary<long, string> _words = [];

    /// <summary>What there will be to look for, before it is destroyed: salts, which stand in their rows before the details, and words.</summary>
    public List<(byte[] Random, IReadOnlyList<(long Id, string Text)> Words)> Read(IReadOnlyList<WithholdItem> items, ReadConnection connection)
    {
        var found = new List<(byte[], IReadOnlyList<(long, string)>)>();
        foreach (var item in items)
        {
            var row = connection.Prepare("SELECT salt FROM entry WHERE tenant = ?1 AND sequence = ?2").Bind(1, tenant).Bind(2, item.Sequence);
            if (row.Step() && row.Bytes(0).Length == DetailsSalt.Size)
            {
                found.Add((row.Bytes(0).ToArray(), ReadWords(item.Sequence, tenant, connection)));
            }
            row.Reset();
            // What is sealed is kept apart, each value behind a nonce of its own.
            var nonces = connection.Prepare("SELECT nonce FROM sealed_value WHERE tenant = ?1 AND sequence = ?2").Bind(1, tenant).Bind(2, item.Sequence);
            while (nonces.Step())
            {
                found.Add((nonces.Bytes(0).ToArray(), []));
            }
        }
        return found;
    }

    /// <summary>Looks for what <see cref="Read"/> found, now that it is destroyed.</summary>
    public void Add(List<(byte[] Random, IReadOnlyList<(long Id, string Text)> Words)> destroyed)
    {
        foreach (var (random, words) in destroyed)
        {
            _random.Add(random);
            foreach (var (id, text) in words)
            {
                _words[id] = text;
            }
        }
    }

    /// <summary>Forgets the words that segments show to be in use.</summary>
    /// <returns>Whether some are left.</returns>
    public bool LeaveUsedWords(IReadOnlyList<ISegment> segments) => Leave(word =>
    {
        long[] words = [word];
        var uses = new SegmentCondition([.. Enum.GetValues<Dimension>().Select(dimension => new DimensionValues(dimension, words))]);
        using var query = new SegmentQuery(segments, new SegmentFilter(new SegmentSelection(long.MinValue, long.MaxValue, [uses]), long.MinValue, [], long.MaxValue));
        return query.Any();
    });

    /// <summary>Forgets the words that stay in the dictionary, since entries use the same text elsewhere.</summary>
    public bool LeaveStoredWords(ReadConnection connection) => Leave(word =>
    {
        var find = connection.Prepare("SELECT EXISTS (SELECT 1 FROM dictionary WHERE tenant = ?1 AND id = ?2)").Bind(1, tenant).Bind(2, word);
        find.Step();
        var isStored = find.Long(0) != 0;
        find.Reset();
        return isStored;
    });

    /// <summary>Whether any of it stands in the file.</summary>
    /// <param name="file">The database, its log emptied.</param>
    public bool AreIn(SafeFileHandle file)
    {
        var wanted = Wanted();
        var firsts = new bool[1 << 16];
        foreach (var key in wanted.Keys)
        {
            firsts[key >> 16] = true;
        }
        var longest = wanted.Values.SelectMany(texts => texts).Max(text => text.Length);
        var chunk = new byte[BytesInChunk + longest];
        var kept = 0;
        for (long at = 0; ;)
        {
            var read = RandomAccess.Read(file, chunk.AsSpan(kept, BytesInChunk), at);
            if (read == 0)
            {
                return false;
            }
            at += read;
            var bytes = chunk.AsSpan(0, kept + read);
            for (var i = 0; i + Key <= bytes.Length; i++)
            {
                var key = BinaryPrimitives.ReadUInt32BigEndian(bytes[i..]);
                if (firsts[key >> 16] && wanted.TryGetValue(key, out var texts) && StartsWithAny(bytes[i..], texts))
                {
                    return true;
                }
            }
            // What begins at the end of a chunk ends in the next.
            kept = Math.Min(longest - 1, bytes.Length);
            bytes[^kept..].CopyTo(chunk);
        }
    }

    private static bool StartsWithAny(ReadOnlySpan<byte> bytes, List<byte[]> texts)
    {
        foreach (var text in texts)
        {
            if (bytes.StartsWith(text))
            {
                return true;
            }
        }
        return false;
    }

    private static List<(long Id, string Text)> ReadWords(long sequence, int tenant, ReadConnection connection)
    {
        var ids = new List<long>();
        var rows = connection.Prepare(
            """
            SELECT ip FROM entry WHERE tenant = ?1 AND sequence = ?2 AND ip IS NOT NULL
            UNION SELECT word FROM entry_target WHERE target_tenant = ?1 AND target_sequence = ?2
            """).Bind(1, tenant).Bind(2, sequence);
        while (rows.Step())
        {
            ids.Add(rows.Long(0));
        }
        return [.. ids.Select(id => (id, connection.Word(tenant, id)))];
    }

    private Dictionary<uint, List<byte[]>> Wanted()
    {
        var wanted = new Dictionary<uint, List<byte[]>>();
        foreach (var text in _random.Concat(_words.Values.SelectMany(CellsOf)))
        {
            var key = BinaryPrimitives.ReadUInt32BigEndian(text);
            if (!wanted.TryGetValue(key, out var texts))
            {
                wanted.Add(key, texts = []);
            }
            texts.Add(text);
        }
        return wanted;
    }

    /// <summary>
    /// A word as cells of the dictionary hold it, table and index, and an address as those of the table of addresses
    /// (SQLite's file format, section 2.1): the length of the header, the types of the row's values, then tenant and
    /// text. So the same word within the details of another entry isn't taken for it.
    /// </summary>
    private IEnumerable<byte[]> CellsOf(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var cells = CellsOf(2 * utf8.Length + 13, utf8);
        return EntryParser.TryParseIp(text, out var address) && AddressRange.KeyOf(address) is var key
            ? cells.Concat(CellsOf(2 * key.Length + 12, key))
            : cells;
    }

    private IEnumerable<byte[]> CellsOf(int type, byte[] value)
    {
        var number = TenantBytes();
        // 8 and 9 stand for the values 0 and 1 without a byte; 1 to 4 are integers of so many bytes.
        var tenantType = (byte)(number.Length == 0 ? 8 + tenant : number.Length);
        byte[] valueType = type < 0x80 ? [(byte)type] : [(byte)(0x80 | type >> 7), (byte)(type & 0x7F)];
        var header = (byte)(3 + valueType.Length);
        // In the table the id is the row's key, and NULL in the row.
        yield return [header, 0, tenantType, .. valueType, .. number, .. value];
        for (byte idType = 1; idType <= 9; idType++)
        {
            yield return [header, tenantType, .. valueType, idType, .. number, .. value];
        }
    }

    private byte[] TenantBytes()
    {
        if (tenant is 0 or 1)
        {
            return [];
        }
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, tenant);
        return tenant switch
        {
            <= sbyte.MaxValue => bytes[3..],
            <= short.MaxValue => bytes[2..],
            <= 0x7FFFFF => bytes[1..],
            _ => bytes,
        };
    }

    private bool Leave(Func<long, bool> isUsed)
    {
        foreach (var id in _words.Keys.Where(isUsed).ToList())
        {
            _words.Remove(id);
        }
        return _words.Count > 0;
    }
}
