using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

public sealed class EntryTextTests
{
    private static readonly NewEntry Least = new() { Action = "RuleCreated", Actor = new Actor("user", "usr_1"), Target = new Resource("Rule", "rul_1") };

    private static readonly Guid Id = Guid.Parse("01930000-0000-7000-8000-0123456789ab");

    private static readonly Guid Tenant = Guid.Parse("6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de");

    [Fact]
    public void Details_of_the_least_entry_hold_its_empty_metadata_alone() => Assert.Equal("""{"metadata":{}}""", Details(Least));

    [Fact]
    public void Details_hold_exactly_what_may_be_destroyed_in_canonical_order() => Assert.Equal(
        """{"actor":{"metadata":{"k":1},"name":"nightly"},"ip":"2001:db8::1","location":"Graz","metadata":{"a":1},"reasoning":"","target":{"metadata":{},"name":"T"},"targets":[{"id":"rul_2","metadata":{"m":0},"name":"N","slug":"s","type":"Rule","version":"1"},{"id":"rul_3","type":"Rule"}],"user_agent":"ua"}""",
        Details(Full));

    [Fact]
    public void A_head_holds_the_rest() => Assert.Equal(
        """{"action":"RuleCreated","actor":{"id":"key_1","type":"api_key"},"correlation_id":"c","details_hash":"ababababababababababababababababababababababababababababababab0f","engine_version":"3.2.0","id":"01930000-0000-7000-8000-0123456789ab","occurred_at":"2026-11-21T16:42:07.318Z","recorded_at":"2026-11-21T16:42:07.402Z","recorded_by":"key:key_1","schema_version":2147483647,"sequence":9007199254740991,"target":{"id":"rul_1","slug":"no-async-void","type":"Rule","version":"2.1.0"},"tenant_id":"6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de"}""",
        Head(Full, 9007199254740991));

    [Fact]
    public void A_head_leaves_out_what_is_absent() => Assert.Equal(
        """{"action":"RuleCreated","actor":{"id":"usr_1","type":"user"},"details_hash":"ababababababababababababababababababababababababababababababab0f","id":"01930000-0000-7000-8000-0123456789ab","occurred_at":"2026-11-21T16:42:07.318Z","recorded_at":"2026-11-21T16:42:07.402Z","recorded_by":"key:key_1","sequence":1,"target":{"id":"rul_1","type":"Rule"},"tenant_id":"6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de"}""",
        Head(Least, 1));

    [Fact]
    public void An_empty_text_is_not_absence() =>
        Assert.NotEqual(Details(Least), Details(Least with { Reasoning = "" }));

    [Fact]
    public void Details_and_head_of_every_entry_are_canonical() => Property.Holds(seed =>
    {
        var content = new RandomEntry(seed).Content();
        return IsCanonical(Details(content)) && IsCanonical(Head(content, 7));
    });

    [Fact]
    public void Every_field_of_an_entry_changes_its_leaf()
    {
        var leaves = new List<EntryHash>();
        var salt = new DetailsSalt(new byte[16]);
        foreach (var content in Changes())
        {
            var detailsHash = HashChain.HashDetails(salt, EntryText.Details(content));
            leaves.Add(HashChain.HashHead(new EntryHead(Id, Tenant, 1, At, At, "console", content, detailsHash), new()));
        }
        Assert.Equal(leaves.Count, leaves.Distinct().Count());

        static IEnumerable<NewEntry> Changes()
        {
            yield return Full;
            yield return Full with { Action = "x" };
            yield return Full with { Actor = Full.Actor with { Type = "x" } };
            yield return Full with { Actor = Full.Actor with { Id = "x" } };
            yield return Full with { Actor = Full.Actor with { Name = null } };
            yield return Full with { Actor = Full.Actor with { Metadata = null } };
            yield return Full with { Target = Full.Target with { Type = "x" } };
            yield return Full with { Target = Full.Target with { Id = "x" } };
            yield return Full with { Target = Full.Target with { Slug = null } };
            yield return Full with { Target = Full.Target with { Version = null } };
            yield return Full with { Target = Full.Target with { Name = null } };
            yield return Full with { Target = Full.Target with { Metadata = null } };
            yield return Full with { Targets = [] };
            yield return Full with { Targets = [.. Full.Targets.Reverse()] };
            yield return Full with { EngineVersion = null };
            yield return Full with { Ip = null };
            yield return Full with { Location = null };
            yield return Full with { UserAgent = null };
            yield return Full with { Reasoning = null };
            yield return Full with { SchemaVersion = null };
            yield return Full with { CorrelationId = null };
            yield return Full with { Metadata = CanonicalObject.Empty };
        }
    }

    [Fact]
    public void What_is_stored_reads_back_as_what_was_sent() => Property.Holds(seed =>
    {
        var content = new RandomEntry(seed).Content();
        var details = EntryText.Details(content);
        var read = EntryJson.WithDetails(HeadOnly(content), details);
        return Details(read) == Details(content)
            && read with { Targets = [] } == content with { Targets = [] }
            && read.Targets.SequenceEqual(content.Targets);
    });

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"ip":"nowhere","metadata":{}}""")]
    [InlineData("""{"location":1,"metadata":{}}""")]
    [InlineData("""{"metadata":{},"targets":[{}]}""")]
    public void Details_that_were_changed_from_outside_are_a_format_error(string details) =>
        Assert.Throws<FormatException>(() => EntryJson.WithDetails(Least, Encoding.UTF8.GetBytes(details)));

    [Fact]
    public void The_wire_form_of_an_entry_is_what_its_producer_sent_and_what_the_service_made() => Property.Holds(seed =>
    {
        var entry = new RandomEntry(seed).After(new ChainHead(41, new EntryHash(Enumerable.Repeat((byte)0xAB, 32).ToArray())), Tenant);
        var buffer = new ArrayBufferWriter<byte>();
        EntryJson.Write(entry, buffer);
        var wire = (JsonObject)JsonNode.Parse(buffer.WrittenSpan)!;
        var made = ((string?)wire["id"], (string?)wire["tenant_id"], (long?)wire["sequence"], (string?)wire["recorded_at"],
            (string?)wire["recorded_by"], (string?)wire["prev_hash"], (string?)wire["hash"]);
        foreach (var field in new[] { "id", "tenant_id", "sequence", "recorded_at", "recorded_by", "prev_hash", "hash" })
        {
            wire.Remove(field);
        }
        var errors = new List<FieldError>();
        using var document = JsonDocument.Parse(wire.ToJsonString());
        var read = EntryParser.Parse(document.RootElement, "", errors);
        return errors.Count == 0
            && made == (entry.Id.ToString(), entry.TenantId.ToString(), 42, WireTime.Format(entry.RecordedAt), entry.RecordedBy,
                entry.PreviousHash.ToString(), entry.Hash.ToString())
            && read! with { Targets = [] } == entry.Content with { Targets = [] }
            && read.Targets.SequenceEqual(entry.Content.Targets);
    });

    private static readonly DateTimeOffset At = new(2026, 11, 21, 16, 42, 7, 318, TimeSpan.Zero);

    private static NewEntry Full { get; } = new()
    {
        OccurredAt = At,
        Action = "RuleCreated",
        Actor = new Actor("api_key", "key_1", "nightly", CanonicalObject.From(new { k = 1 })),
        Target = new Resource("Rule", "rul_1", "no-async-void", "2.1.0", "T", CanonicalObject.Empty),
        Targets = [new Resource("Rule", "rul_2", "s", "1", "N", CanonicalObject.From(new { m = 0 })), new Resource("Rule", "rul_3")],
        EngineVersion = "3.2.0",
        Ip = IPAddress.Parse("2001:db8::1"),
        Location = "Graz",
        UserAgent = "ua",
        Reasoning = "",
        SchemaVersion = int.MaxValue,
        CorrelationId = "c",
        Metadata = CanonicalObject.From(new { a = 1 }),
    };

    private static NewEntry HeadOnly(NewEntry content) => new()
    {
        OccurredAt = content.OccurredAt,
        Action = content.Action,
        Actor = new Actor(content.Actor.Type, content.Actor.Id),
        Target = content.Target with { Name = null, Metadata = null },
        EngineVersion = content.EngineVersion,
        SchemaVersion = content.SchemaVersion,
        CorrelationId = content.CorrelationId,
    };

    private static string Details(NewEntry content) => Encoding.UTF8.GetString(EntryText.Details(content));

    private static string Head(NewEntry content, long sequence)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var hash = new byte[32];
        Array.Fill(hash, (byte)0xAB);
        hash[^1] = 0x0F;
        EntryText.WriteHead(new EntryHead(Id, Tenant, sequence, At, At.AddMilliseconds(84), "key:key_1", content, new EntryHash(hash)), buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static bool IsCanonical(string text)
    {
        using var document = JsonDocument.Parse(text);
        return Encoding.UTF8.GetString(CanonicalJson.Canonicalize(document.RootElement)) == text;
    }
}
