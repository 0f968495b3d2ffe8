using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.EventTypes;
using AuditConsole.Identity;
using AuditConsole.Tests.Storage;

namespace AuditConsole.Tests.EventTypes;

public sealed class SchemaProposalTests
{
    [Fact]
    public void What_is_proposed_takes_every_event_that_it_was_made_from_and_refuses_what_was_never_seen()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var entries = Enumerable.Range(0, random.Next(1, 8)).Select(_ => TestEntries.Entry() with
            {
                Metadata = CanonicalObject.From(Value(random, 3)),
                Targets = [.. Enumerable.Range(0, random.Next(3)).Select(_ => new Resource($"T{random.Next(3)}", "t", Metadata: CanonicalObject.From(Value(random, 1))))],
            }).ToList();
            var schema = EventTypeService.Read(SchemaProposal.Of(entries));
            Assert.All(entries, entry => Assert.True(schema.Check(entry).Count == 0, $"seed {seed}: {entry.Metadata} against {schema.Text}"));
            Assert.NotEmpty(schema.Check(entries[0] with { Target = new Resource("Never", "n") }));
        }
    }

    [Fact]
    public void What_was_always_there_is_required_and_types_are_those_that_were_seen()
    {
        NewEntry Entry(object metadata) => TestEntries.Entry() with { Metadata = CanonicalObject.From(metadata) };
        var proposed = JsonDocument.Parse(SchemaProposal.Of([Entry(new { id = 1, size = 1 }), Entry(new { id = 2, size = 1.5, note = "x" })])).RootElement.GetProperty("metadata");
        Assert.Equal("""["id","size"]""", JsonSerializer.Serialize(proposed.GetProperty("required")));
        Assert.Equal(["integer", "string", "number"], proposed.GetProperty("properties").EnumerateObject().Select(member => member.Value.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData("a\nb\nc", "a\nc", "a|a b|- c|c")]
    [InlineData("a", "b", "a|- -|b")]
    [InlineData("a\nb", "a\nb\nc", "a|a b|b -|c")]
    public void Lines_stand_beside_each_other_where_they_are_the_same(string older, string newer, string rows) =>
        Assert.Equal(rows, string.Join(' ', LineDiff.Of(older, newer).Select(row => $"{row.Left ?? "-"}|{row.Right ?? "-"}")));

    [Fact]
    public void A_pasted_event_may_be_in_the_words_of_either_API_and_what_can_not_be_read_is_said()
    {
        var schema = EventTypeService.Read("""{"targets":[{"type":"a","metadata":{"type":"object","required":["x"]}}]}""");
        Assert.Equal(["/targets/0/metadata"], TriedEvent.Check("""{"event":{"targets":[{"type":"a"}]}}""", schema).Select(problem => problem.InstancePath));
        Assert.Equal(["/targets/0/metadata", "/targets/1/type"], TriedEvent.Check("""{"target":{"type":"a"},"targets":[{"type":"b"}]}""", schema).Select(problem => problem.InstancePath));
        foreach (var unreadable in new[] { "{", "[]", "{}", """{"targets":[1]}""", """{"targets":[{"type":"a","metadata":1}]}""", """{"targets":[{"type":"a"}],"metadata":{"n":9007199254740993}}""" })
        {
            Assert.Throws<RefusedException>(() => TriedEvent.Check(unreadable, schema));
        }
    }

    private static Dictionary<string, object?> Value(Random random, int depth) =>
        Enumerable.Range(0, random.Next(4)).ToDictionary(number => $"m{number}{random.Next(3)}", _ => (object?)(random.Next(depth > 0 ? 6 : 4) switch
        {
            0 => random.Next(5),
            1 => "text",
            2 => random.Next(2) == 0,
            3 => null,
            4 => Value(random, depth - 1),
            _ => new object?[] { random.Next(3), "x", Value(random, depth - 1) },
        }));
}
