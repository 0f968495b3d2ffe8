using System.Buffers;
using System.Buffers.Text;

namespace AuditConsole.Core;

/// <summary>
/// What a canonical head is written from where its texts are canonical JSON strings already, quotation marks included:
/// <see cref="EntryText.WriteHead"/> without turning stored bytes into texts and back. An empty text is an absent one.
/// </summary>
public ref struct HeadText
{
    /// <summary>The action.</summary>
    public ReadOnlySpan<byte> Action;

    /// <summary>The actor's id.</summary>
    public ReadOnlySpan<byte> ActorId;

    /// <summary>The actor's type.</summary>
    public ReadOnlySpan<byte> ActorType;

    /// <summary>The correlation id, or nothing.</summary>
    public ReadOnlySpan<byte> CorrelationId;

    /// <summary>The hash of the details with their salt.</summary>
    public EntryHash DetailsHash;

    /// <summary>The engine version, or nothing.</summary>
    public ReadOnlySpan<byte> EngineVersion;

    /// <summary>The entry's UUIDv7.</summary>
    public Guid Id;

    /// <summary>When it happened, in milliseconds since 1970.</summary>
    public long OccurredAt;

    /// <summary>When it was recorded, in milliseconds since 1970.</summary>
    public long RecordedAt;

    /// <summary>The credential that wrote it.</summary>
    public ReadOnlySpan<byte> RecordedBy;

    /// <summary>The version of the schema, or null.</summary>
    public long? SchemaVersion;

    /// <summary>The position in the chain.</summary>
    public long Sequence;

    /// <summary>The target's id.</summary>
    public ReadOnlySpan<byte> TargetId;

    /// <summary>The target's slug, or nothing.</summary>
    public ReadOnlySpan<byte> TargetSlug;

    /// <summary>The target's type.</summary>
    public ReadOnlySpan<byte> TargetType;

    /// <summary>The target's version, or nothing.</summary>
    public ReadOnlySpan<byte> TargetVersion;

    /// <summary>The tenant's UUID.</summary>
    public Guid TenantId;

    // More than all names, numbers, times and ids together have.
    internal const int LengthWithoutTexts = 640;

    /// <summary>The leaf: <c>SHA-256(0x00 ‖ canonical(head))</c>, as <see cref="HashChain.HashHead"/> has it.</summary>
    /// <param name="scratch">A buffer to write it in; cleared first.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time lies outside the years 1 to 9999.</exception>
    public readonly EntryHash Hash(ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        var texts = Action.Length + ActorId.Length + ActorType.Length + CorrelationId.Length + EngineVersion.Length + RecordedBy.Length
            + TargetId.Length + TargetSlug.Length + TargetType.Length + TargetVersion.Length;
        var text = new Text(scratch.GetSpan(texts + LengthWithoutTexts));
        text.Add("\0{\"action\":"u8);
        text.Add(Action);
        text.Add(",\"actor\":{\"id\":"u8);
        text.Add(ActorId);
        text.Add(",\"type\":"u8);
        text.Add(ActorType);
        text.Add("}"u8);
        text.AddIfAny(",\"correlation_id\":"u8, CorrelationId);
        text.Add(",\"details_hash\":\""u8);
        text.Add(DetailsHash);
        text.Add("\""u8);
        text.AddIfAny(",\"engine_version\":"u8, EngineVersion);
        text.AddPlace(Id, OccurredAt, RecordedAt, RecordedBy, SchemaVersion, Sequence);
        text.Add(",\"target\":{\"id\":"u8);
        text.Add(TargetId);
        text.AddIfAny(",\"slug\":"u8, TargetSlug);
        text.Add(",\"type\":"u8);
        text.Add(TargetType);
        text.AddIfAny(",\"version\":"u8, TargetVersion);
        text.Add("}"u8);
        text.AddTenant(TenantId);
        return HashChain.Sha256(text.Written);
    }

    /// <summary>The bytes of a head, one after the other.</summary>
    internal ref struct Text(Span<byte> room)
    {
        private readonly Span<byte> _room = room;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _room[.._length];

        public void AddPlace(Guid id, long occurredAt, long recordedAt, ReadOnlySpan<byte> recordedBy, long? schemaVersion, long sequence)
        {
            Add(",\"id\":\""u8);
            Add(id);
            Add("\",\"occurred_at\":\""u8);
            AddTime(occurredAt);
            Add("\",\"recorded_at\":\""u8);
            AddTime(recordedAt);
            Add("\",\"recorded_by\":"u8);
            Add(recordedBy);
            if (schemaVersion is { } version)
            {
                Add(",\"schema_version\":"u8);
                Add(version);
            }
            Add(",\"sequence\":"u8);
            Add(sequence);
        }

        public void AddTenant(Guid id)
        {
            Add(",\"tenant_id\":\""u8);
            Add(id);
            Add("\"}"u8);
        }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_room[_length..]);
            _length += bytes.Length;
        }

        public void AddIfAny(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            if (!value.IsEmpty)
            {
                Add(name);
                Add(value);
            }
        }

        public void Add(EntryHash hash)
        {
            Span<byte> bytes = stackalloc byte[EntryHash.Size];
            hash.CopyTo(bytes);
            Convert.TryToHexStringLower(bytes, _room[_length..], out var written);
            _length += written;
        }

        private void Add(Guid id)
        {
            id.TryFormat(_room[_length..], out var written);
            _length += written;
        }

        private void Add(long number)
        {
            Utf8Formatter.TryFormat(number, _room[_length..], out var written);
            _length += written;
        }

        private void AddTime(long milliseconds)
        {
            WireTime.Format(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), _room[_length..]);
            _length += WireTime.Length;
        }
    }
}
