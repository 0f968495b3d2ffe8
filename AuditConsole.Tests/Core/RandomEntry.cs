using System.Net;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

/// <summary>Entries within every limit, made from one seed.</summary>
internal sealed class RandomEntry(int seed)
{
    private readonly RandomJson _json = new(seed);

    public NewEntry Content()
    {
        var random = _json.Random;
        return new NewEntry
        {
            OccurredAt = Time(),
            Actor = new Actor(Name(), Name(), _json.Maybe(() => _json.Text()), Metadata()),
            Action = Name(),
            Target = Resource(),
            Targets = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Resource())],
            EngineVersion = _json.Maybe(Name),
            Ip = random.Next(3) switch { 0 => null, 1 => new IPAddress(Bytes(4)), _ => new IPAddress(Bytes(16)) },
            Location = _json.Maybe(() => _json.Text()),
            UserAgent = _json.Maybe(() => _json.Text()),
            Reasoning = _json.Maybe(() => _json.Text()),
            SchemaVersion = random.Next(2) == 0 ? null : random.Next(1, int.MaxValue),
            CorrelationId = _json.Maybe(Name),
            Metadata = Metadata() ?? CanonicalObject.Empty,
        };
    }

    /// <summary>The entry as a store would hold it, next after a chain's head.</summary>
    public AuditEntry After(ChainHead head, Guid tenant, NewEntry? content = null, string recordedBy = "key:key_1")
    {
        var prepared = PreparedEntry.From(content ?? Content());
        var recordedAt = Time();
        var id = Guid.CreateVersion7(recordedAt);
        var leaf = HashChain.HashHead(
            new EntryHead(id, tenant, head.Size + 1, prepared.Content.OccurredAt!.Value, recordedAt, recordedBy, prepared.Content, prepared.DetailsHash), new());
        return new AuditEntry
        {
            Id = id,
            TenantId = tenant,
            Sequence = head.Size + 1,
            OccurredAt = prepared.Content.OccurredAt!.Value,
            RecordedAt = recordedAt,
            RecordedBy = recordedBy,
            Content = prepared.Content,
            Salt = prepared.Salt,
            Leaf = leaf,
            PreviousHash = head.Hash,
            Hash = head.Append(leaf).Hash,
        };
    }

    private DateTimeOffset Time() => DateTimeOffset.FromUnixTimeMilliseconds(_json.Random.NextInt64(0, 4_000_000_000_000));

    private string Name() => "n" + _json.Text();

    private Resource Resource() =>
        new(Name(), Name(), _json.Maybe(Name), _json.Maybe(Name), _json.Maybe(() => _json.Text()), Metadata());

    private CanonicalObject? Metadata()
    {
        if (_json.Random.Next(3) == 0)
        {
            return null;
        }
        using var document = JsonDocument.Parse(_json.Object(4).ToJsonString());
        return CanonicalObject.From(document.RootElement);
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _json.Random.NextBytes(bytes);
        return bytes;
    }
}
