using System.Buffers;
using AuditConsole.Core;
using AuditConsole.Tests.Exports;

namespace AuditConsole.Tests.Core;

public sealed class HeadTextTests
{
    [Fact]
    public void A_head_of_canonical_texts_and_a_prepared_one_have_the_leaf_of_the_same_head_of_values()
    {
        var random = new Random(3);
        var scratch = new ArrayBufferWriter<byte>();
        for (var i = 0; i < 500; i++)
        {
            var recorded = DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(-2_000_000_000_000, 4_000_000_000_000));
            var entry = new EntryHead(
                Guid.NewGuid(), Guid.NewGuid(), random.NextInt64(), recorded, recorded.AddMilliseconds(random.Next(1000)), Text(),
                new NewEntry
                {
                    Actor = new Actor(Text(), Text()),
                    Action = Text(),
                    Target = new Resource(Text(), Text(), TextOrNull(), TextOrNull()),
                    EngineVersion = TextOrNull(),
                    CorrelationId = TextOrNull(),
                    SchemaVersion = random.Next(2) == 0 ? null : random.Next(),
                },
                HashChain.Link(EntryHash.Zero, EntryHash.Zero));
            var head = new HeadText
            {
                Action = Json(entry.Content.Action),
                ActorId = Json(entry.Content.Actor.Id),
                ActorType = Json(entry.Content.Actor.Type),
                CorrelationId = Json(entry.Content.CorrelationId),
                DetailsHash = entry.DetailsHash,
                EngineVersion = Json(entry.Content.EngineVersion),
                Id = entry.Id,
                OccurredAt = entry.OccurredAt.ToUnixTimeMilliseconds(),
                RecordedAt = entry.RecordedAt.ToUnixTimeMilliseconds(),
                RecordedBy = Json(entry.RecordedBy),
                SchemaVersion = entry.Content.SchemaVersion,
                Sequence = entry.Sequence,
                TargetId = Json(entry.Content.Target.Id),
                TargetSlug = Json(entry.Content.Target.Slug),
                TargetType = Json(entry.Content.Target.Type),
                TargetVersion = Json(entry.Content.Target.Version),
                TenantId = entry.TenantId,
            };
            Assert.Equal(HashChain.HashHead(entry, new()), head.Hash(scratch));

            var prepared = PreparedEntry.From(entry.Content);
            Assert.Equal(
                HashChain.HashHead(entry with { DetailsHash = prepared.DetailsHash }, new()),
                prepared.HashHead(entry.Id, entry.TenantId, entry.Sequence, head.OccurredAt, head.RecordedAt, head.RecordedBy, scratch));
        }

        string Text() => HostileText.All[random.Next(HostileText.All.Count)] is { Length: > 0 } text ? text + new string('x', random.Next(3) * 400) : "x";
        string? TextOrNull() => random.Next(2) == 0 ? null : Text();
    }

    private static byte[] Json(string? text)
    {
        var output = new ArrayBufferWriter<byte>();
        if (text is not null)
        {
            CanonicalJson.WriteString(text, output);
        }
        return output.WrittenSpan.ToArray();
    }
}
