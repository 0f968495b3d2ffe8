using System.Net;
using AuditConsole.Core;
using SQLitePCL;

namespace AuditConsole.Storage.Sqlite;

// Places, hashes and rows.
internal sealed partial class WriterSession
{
    // OR FAIL: a refused row undoes the whole group anyway, so that SQLite needn't keep a copy for undoing the statement.
    private const string InsertEntry =
        """
        INSERT OR FAIL INTO entry (position, tenant, sequence, occurred_at, recorded_at, recorded_by, actor_type, actor, action,
            entity_type, entity_id, entity_slug, shown_slug, entity_version, engine_version, ip, correlation_id,
            schema_version, id, salt, leaf, hash, details)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)
        """;

    private readonly EntryIds _ids = new();
    private Statement? _insertEntry;
    private (string? Credential, byte[] Canonical) _recordedBy = (null, []);

    private readonly record struct PlacedEntries(
        AppendedEntry[] Appended, EntryHash[] Leaves, long[] OccurredAt, ChainState Chain);

    /// <summary>Gives each entry its place and hashes, in memory alone: whatever is refused here touched nothing.</summary>
    private PlacedEntries Place(AppendRequest request, long now, out byte[]? answer)
    {
        var count = request.Entries.Count;
        var chain = Chain(request.Tenant);
        // A clock that is set back doesn't make the log say so.
        var recordedAt = Math.Max(now, chain.RecordedAt);
        var recordedBy = RecordedBy(request.RecordedBy);
        var placed = new PlacedEntries(
            new AppendedEntry[count], new EntryHash[count], new long[count], chain);
        var head = chain.Head;
        for (var i = 0; i < count; i++)
        {
            var entry = request.Entries[i];
            var occurredAt = entry.Content.OccurredAt?.ToUnixTimeMilliseconds() ?? recordedAt;
            var id = _ids.Next(recordedAt);
            var leaf = entry.HashHead(id, request.TenantId, head.Size + 1, occurredAt, recordedAt, recordedBy, _scratch);
            head = head.Append(leaf);
            placed.Appended[i] = new AppendedEntry(id, head.Size, head.Hash);
            placed.Leaves[i] = leaf;
            placed.OccurredAt[i] = occurredAt;
        }
        answer = request.Idempotency is null
            ? null
            : request.Answer?.Invoke(placed.Appended) ?? throw new ArgumentException("An idempotency key needs an answer to keep.", nameof(request));
        return placed with { Chain = count == 0 ? chain : new ChainState(head, recordedAt) };
    }

    /// <summary>The credential as it stands in heads; mostly the same as before.</summary>
    private byte[] RecordedBy(string credential)
    {
        if (credential != _recordedBy.Credential)
        {
            _scratch.ResetWrittenCount();
            CanonicalJson.WriteString(credential, _scratch, "recorded_by");
            _recordedBy = (credential, _scratch.WrittenSpan.ToArray());
        }
        return _recordedBy.Canonical;
    }

    private void Insert(AppendRequest request, FoundWords found, in PlacedEntries placed, byte[]? answer, long now)
    {
        var tenant = request.Tenant;
        var isKnown = Memory.Words.AreValid(found);
        var recordedBy = request.Entries.Count == 0 ? 0 : Word(tenant, request.RecordedBy, isKnown ? found.RecordedBy : 0);
        for (var i = 0; i < request.Entries.Count; i++)
        {
            InsertOne(tenant, recordedBy, request.Entries[i], isKnown ? found.Entries[i] : default, placed.Appended[i], placed.Leaves[i], placed.OccurredAt[i], placed.Chain.RecordedAt);
        }
        if (request.Entries.Count > 0)
        {
            Memory.ChangeChain(tenant, placed.Chain);
        }
        foreach (var (entry, value) in request.Sealed)
        {
            KeepSealed(tenant, placed.Appended[entry].Sequence, value);
        }
        if (request.RecordsPurge)
        {
            Prepare("DELETE FROM purge_unrecorded WHERE tenant = ?1").Bind(1, tenant).Run();
        }
        if (request.Idempotency is { } key)
        {
            KeepAnswer(tenant, key, answer!, now);
        }
    }

    private void InsertOne(
        int tenant, long recordedBy, PreparedEntry entry, EntryWords words, AppendedEntry place, EntryHash leaf, long occurredAt, long recordedAt)
    {
        var content = entry.Content;
        var (actor, target) = (content.Actor, content.Target);
        var entityType = Word(tenant, target.Type, words.EntityType);
        var action = Word(tenant, content.Action, words.Action);
        var entityId = Word(tenant, target.Id, words.EntityId);
        var slug = WordOrNull(tenant, target.Slug, words.Slug);
        var ip = words.Ip != 0 ? words.Ip : WordOrNull(tenant, content.Ip?.ToString(), 0);
        var position = NextPosition();
        Span<byte> hash = stackalloc byte[EntryHash.Size];
        var insert = _insertEntry ??= Prepare(InsertEntry);
        insert.Bind(1, position).Bind(2, tenant).Bind(3, place.Sequence).Bind(4, occurredAt).Bind(5, recordedAt)
            .Bind(6, recordedBy).Bind(7, Word(tenant, actor.Type, words.ActorType)).Bind(8, Word(tenant, actor.Id, words.Actor)).Bind(9, action)
            .Bind(10, entityType).Bind(11, entityId).Bind(12, slug).Bind(13, slug ?? entityId)
            .Bind(14, WordOrNull(tenant, target.Version, words.TargetVersion)).Bind(15, WordOrNull(tenant, content.EngineVersion, words.EngineVersion))
            .Bind(16, ip).Bind(17, content.CorrelationId)
            .Bind(18, (long?)content.SchemaVersion);
        place.Id.TryWriteBytes(hash[..16], bigEndian: true, out _);
        insert.BindBlob(19, hash[..16]);
        entry.Salt.CopyTo(hash);
        insert.BindBlob(20, hash[..DetailsSalt.Size]);
        leaf.CopyTo(hash);
        insert.BindBlob(21, hash);
        place.Hash.CopyTo(hash);
        insert.BindBlob(22, hash).BindText(23, entry.Details).Run();
        AddFurtherTargets(tenant, content, place.Sequence, occurredAt, entityId, slug ?? entityId);
        if (ip is { } address && Memory.AddAddress(address))
        {
            Prepare("INSERT OR IGNORE INTO client_address (word, address_tenant, address) VALUES (?1, ?2, ?3)")
                .Bind(1, address).Bind(2, tenant).BindBlob(3, AddressRange.KeyOf(content.Ip!)).Run();
        }
        if (Memory.AddKind(tenant, entityType, action))
        {
            Prepare("INSERT OR IGNORE INTO entry_kind (tenant, entity_type, action) VALUES (?1, ?2, ?3)")
                .Bind(1, tenant).Bind(2, entityType).Bind(3, action).Run();
        }
    }

    private void AddFurtherTargets(int tenant, NewEntry content, long sequence, long occurredAt, long entityId, long shown)
    {
        foreach (var target in content.Targets)
        {
            Add(Word(tenant, target.Id, 0));
            if (target.Slug is { } slug)
            {
                Add(Word(tenant, slug, 0));
            }
        }

        void Add(long word)
        {
            // The main entity is found by the entry's own columns.
            if (word != shown && word != entityId)
            {
                Prepare("INSERT OR IGNORE INTO entry_target (target_tenant, target_sequence, word, target_occurred_at) VALUES (?1, ?2, ?3, ?4)")
                    .Bind(1, tenant).Bind(2, sequence).Bind(3, word).Bind(4, occurredAt).Run();
            }
        }
    }

    /// <summary>Makes the further targets of entries anew, of those that are still there.</summary>
    public void MendTargets(int tenant, IEnumerable<TargetDamage> damage)
    {
        foreach (var (sequence, occurredAt, names) in damage)
        {
            Prepare("DELETE FROM entry_target WHERE target_tenant = ?1 AND target_sequence = ?2").Bind(1, tenant).Bind(2, sequence).Run();
            var find = Prepare("SELECT entity_id, shown_slug FROM entry WHERE tenant = ?1 AND sequence = ?2 AND length(salt) > 0").Bind(1, tenant).Bind(2, sequence);
            if (!find.Step())
            {
                continue;
            }
            var (entityId, slug) = (find.Long(0), find.Long(1));
            find.Reset();
            foreach (var word in names.Select(name => Word(tenant, name, 0)).Where(word => word != entityId && word != slug))
            {
                Prepare("INSERT OR IGNORE INTO entry_target (target_tenant, target_sequence, word, target_occurred_at) VALUES (?1, ?2, ?3, ?4)")
                    .Bind(1, tenant).Bind(2, sequence).Bind(3, word).Bind(4, occurredAt).Run();
            }
        }
    }

    private long NextPosition()
    {
        if (Memory.Position is not { } position)
        {
            var newest = Prepare("SELECT max(position) FROM entry");
            newest.Step();
            position = newest.LongOrNull(0) ?? 0;
            newest.Reset();
        }
        Memory.Position = position + 1;
        return position + 1;
    }

    private long? WordOrNull(int tenant, string? value, long known) => value is null ? null : Word(tenant, value, known);

    /// <summary>The dictionary's id of a value, given if it has none.</summary>
    private long Word(int tenant, string value, long known)
    {
        if (known != 0)
        {
            return known;
        }
        if (Memory.Words.TryGet(tenant, value, out var id))
        {
            return id;
        }
        // What isn't in memory is mostly new. RETURNING would tell the id, and take half as long again.
        Prepare("INSERT OR IGNORE INTO dictionary (tenant, value) VALUES (?1, ?2)").Bind(1, tenant).Bind(2, value).Run();
        if (Changes == 1)
        {
            id = raw.sqlite3_last_insert_rowid(Connection.Handle);
        }
        else
        {
            var find = Prepare("SELECT id FROM dictionary WHERE tenant = ?1 AND value = ?2").Bind(1, tenant).Bind(2, value);
            id = find.Step() ? find.Long(0) : throw new InvalidOperationException("A name is neither new nor known.");
            find.Reset();
        }
        Memory.AddWord(tenant, value, id);
        return id;
    }

    private ChainState Chain(int tenant)
    {
        if (Memory.TryGetChain(tenant, out var chain))
        {
            return chain;
        }
        var find = Prepare("SELECT size, hash, recorded_at FROM chain WHERE tenant = ?1").Bind(1, tenant);
        if (find.Step())
        {
            chain = new ChainState(new ChainHead(find.Long(0), new EntryHash(find.Bytes(1))), find.Long(2));
        }
        find.Reset();
        Memory.LoadChain(tenant, chain);
        return chain;
    }

    private void SaveChains()
    {
        Span<byte> hash = stackalloc byte[EntryHash.Size];
        Span<byte> zero = stackalloc byte[EntryHash.Size];
        zero.Clear();
        foreach (var tenant in Memory.ChangedChains)
        {
            var chain = Chain(tenant);
            chain.Head.Hash.CopyTo(hash);
            Prepare(
                """
                INSERT INTO chain (tenant, size, hash, recorded_at, base_size, base_hash, base_frontier) VALUES (?1, ?2, ?3, ?4, 0, ?5, x'')
                ON CONFLICT (tenant) DO UPDATE SET size = excluded.size, hash = excluded.hash, recorded_at = excluded.recorded_at
                """)
                .Bind(1, tenant).Bind(2, chain.Head.Size).BindBlob(3, hash).Bind(4, chain.RecordedAt).BindBlob(5, zero).Run();
        }
    }

    private byte[]? FindAnswer(int tenant, IdempotencyKey key, long now)
    {
        var find = Prepare(IdempotencyRows.Find).Bind(1, tenant).Bind(2, key.Route).Bind(3, key.Key).Bind(4, now - IdempotencyRows.Lifetime);
        return IdempotencyRows.Read(find, key);
    }

    private void KeepAnswer(int tenant, IdempotencyKey key, byte[] answer, long now) =>
        // Replaces an answer that is older than its lifetime and not yet removed.
        Prepare("INSERT OR REPLACE INTO idempotency (tenant, route, key, body_hash, answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .Bind(1, tenant).Bind(2, key.Route).Bind(3, key.Key).BindBlob(4, key.BodyHash.ToArray()).BindBlob(5, answer).Bind(6, now).Run();
}
