using System.Buffers;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// Holds the content of stored entries against their leaf, row by row, without making anything of them that a person
/// could read. For one thread at a time.
/// </summary>
/// <param name="tenant">Whose entries.</param>
/// <param name="tenantId">That tenant's UUID.</param>
/// <param name="words">The tenant's names.</param>
internal sealed class ContentCheck(int tenant, Guid tenantId, WordTexts words)
{
    private const string Query =
        """
        SELECT sequence, occurred_at, recorded_at, recorded_by, actor_type, actor, action, entity_type, entity_id, entity_slug, shown_slug,
            entity_version, engine_version, ip, correlation_id, schema_version, id, salt, leaf, hash, details
        FROM entry WHERE tenant = ?1 AND sequence > ?2 AND sequence <= ?3 ORDER BY sequence
        """;

    private const string FirstPurged = "SELECT min(sequence) FROM purged_leaf WHERE tenant = ?1 AND sequence > ?2 AND sequence <= ?3";

    private readonly ArrayBufferWriter<byte> _scratch = new(4096);

    /// <summary>Goes over the places between, until one isn't an entry as it should be.</summary>
    public CheckedRun Run(long after, long last, ReadConnection connection)
    {
        var (leaves, links) = (new List<EntryHash>((int)(last - after)), new List<EntryHash>((int)(last - after)));
        var rows = connection.Prepare(Query).Bind(1, tenant).Bind(2, after).Bind(3, FindPurged(after, last, connection) - 1 ?? last);
        try
        {
            while (rows.Step())
            {
                var (leaf, link) = (new EntryHash(rows.Bytes(18)), new EntryHash(rows.Bytes(19)));
                if (!Holds(after + leaves.Count + 1, leaf, rows, connection))
                {
                    break;
                }
                leaves.Add(leaf);
                links.Add(link);
            }
        }
        // What can't be read at all, the closer look puts into words.
        catch (Exception fault) when (fault is ArgumentException or FormatException or JsonException or CanonicalJsonException)
        {
        }
        finally
        {
            rows.Reset();
        }
        return new CheckedRun(after, last, leaves, links);
    }

    // An entry may stand where one was purged: that is for the closer look.
    private long? FindPurged(long after, long last, ReadConnection connection)
    {
        var find = connection.Prepare(FirstPurged).Bind(1, tenant).Bind(2, after).Bind(3, last);
        var first = find.Step() ? find.LongOrNull(0) : null;
        find.Reset();
        return first;
    }

    private bool Holds(long sequence, EntryHash leaf, Statement row, ReadConnection connection)
    {
        var (id, slug) = (row.Long(8), row.Long(9));
        var salt = row.Bytes(17);
        var details = row.Bytes(20);
        if (row.Long(0) != sequence || salt.Length != DetailsSalt.Size || row.Long(10) != (slug == 0 ? id : slug))
        {
            return false;
        }
        var head = new HeadText
        {
            Action = words.Find(row.Long(6), connection),
            ActorId = words.Find(row.Long(5), connection),
            ActorType = words.Find(row.Long(4), connection),
            CorrelationId = row.IsNull(14) ? [] : WordTexts.Canonical(row.Bytes(14)),
            DetailsHash = HashChain.HashDetails(salt, details, _scratch),
            EngineVersion = words.Find(row.Long(12), connection),
            Id = new Guid(row.Bytes(16), bigEndian: true),
            OccurredAt = row.Long(1),
            RecordedAt = row.Long(2),
            RecordedBy = words.Find(row.Long(3), connection),
            SchemaVersion = row.LongOrNull(15),
            Sequence = sequence,
            TargetId = words.Find(id, connection),
            TargetSlug = words.Find(slug, connection),
            TargetType = words.Find(row.Long(7), connection),
            TargetVersion = words.Find(row.Long(11), connection),
            TenantId = tenantId,
        };
        return head.Hash(_scratch) == leaf && IpOf(details).SequenceEqual(words.Find(row.Long(13), connection));
    }

    /// <summary>The address in details that were hashed, with its quotation marks: the members are in order, so nothing behind it needs to be read.</summary>
    private static ReadOnlySpan<byte> IpOf(ReadOnlySpan<byte> details)
    {
        var json = new Utf8JsonReader(details);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("ip"u8))
            {
                json.Read();
                return details[(int)json.TokenStartIndex..(int)json.BytesConsumed];
            }
            if (json.ValueSpan.SequenceCompareTo("ip"u8) > 0)
            {
                return [];
            }
            json.Skip();
        }
        return [];
    }
}
