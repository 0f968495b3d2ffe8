using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Entities;
using FsCheck;
using FsCheck.Fluent;

namespace AuditConsole.Tests.Entities;

public sealed class PayloadDiffTests
{
    [Fact]
    public void Equal_payloads_have_no_differences() =>
        Prop.ForAll(JsonGenerators.Payload.ToArbitrary(), payload =>
            PayloadDiff.Between(payload, CanonicalObject.FromCanonicalUtf8(payload.Utf8.ToArray())).Count == 0).QuickCheckThrowOnFailure();

    [Fact]
    public void Applying_the_differences_to_the_old_payload_gives_the_new_one()
    {
        Check(JsonGenerators.Edited, 1000);
        Check(from old in JsonGenerators.Payload from @new in JsonGenerators.Payload select (old, @new), 1000);

        static void Check(Gen<(CanonicalObject Old, CanonicalObject New)> pairs, int times) =>
            Prop.ForAll(pairs.ToArbitrary(), pair => Apply(pair.Old, PayloadDiff.Between(pair.Old, pair.New)).Equals(pair.New))
                .Check(Config.QuickThrowOnFailure.WithMaxTest(times));
    }

    [Theory]
    [InlineData("""{"severity":"warning"}""", """{"severity":"error"}""", "severity: \"warning\" -> \"error\"")]
    [InlineData("""{}""", """{"pattern":"x"}""", "pattern: + \"x\"")]
    [InlineData("""{"pattern":null}""", """{}""", "pattern: - null")]
    [InlineData("""{"options":{"max":40}}""", """{"options":{"max":60}}""", "options.max: 40 -> 60")]
    [InlineData("""{"tags":["a","b","c"]}""", """{"tags":["a","c"]}""", "tags[1]: - \"b\"")]
    [InlineData("""{"tags":["b","c"]}""", """{"tags":["a","b","c"]}""", "tags[0]: + \"a\"")]
    [InlineData("""{"r":[{"s":"x","v":1},{"s":"y","v":1}]}""", """{"r":[{"s":"x","v":1},{"s":"y","v":2}]}""", "r[1].v: 1 -> 2")]
    [InlineData("""{"a b":1}""", """{"a b":{"c":1}}""", "[\"a b\"]: 1 -> {\"c\":1}")]
    [InlineData("""{"x":{"a b":1}}""", """{"x":{"a b":2}}""", "x[\"a b\"]: 1 -> 2")]
    public void A_difference_says_where_and_from_what_to_what(string old, string @new, string expected) =>
        Assert.Equal(expected, string.Join("; ", PayloadDiff.Between(Parse(old), Parse(@new)).Select(Text)));

    [Fact]
    public void The_largest_arrays_that_a_payload_can_hold_are_compared()
    {
        var old = Parse($$"""{"n":[{{string.Join(',', Enumerable.Range(0, 12_000))}}]}""");
        var @new = Parse($$"""{"n":[{{string.Join(',', Enumerable.Range(1, 12_000).Reverse())}}]}""");

        Assert.Equal(@new, Apply(old, PayloadDiff.Between(old, @new)));
    }

    internal static CanonicalObject Parse(string json) => JsonGenerators.Canonical(JsonNode.Parse(json)!);

    private static string Text(PayloadChange change) => change switch
    {
        { Old: null } => $"{change.Path}: + {change.New}",
        { New: null } => $"{change.Path}: - {change.Old}",
        _ => $"{change.Path}: {change.Old} -> {change.New}",
    };

    // The oracle: reads nothing of the new payload but what the differences say.
    private static CanonicalObject Apply(CanonicalObject old, IReadOnlyList<PayloadChange> changes) =>
        JsonGenerators.Canonical(Apply(JsonNode.Parse(old.Utf8.Span), changes, 0)!);

    private static JsonNode? Apply(JsonNode? old, IReadOnlyList<PayloadChange> changes, int depth)
    {
        if (changes is [var only] && only.Steps.Count == depth)
        {
            return JsonNode.Parse(only.New!);
        }
        var steps = changes.GroupBy(change => change.Steps[depth]).ToList();
        if (old is JsonObject @object)
        {
            foreach (var step in steps)
            {
                var (change, name) = (step.First(), step.Key.Name!);
                if (change.Steps.Count > depth + 1 || (change.Old is not null && change.New is not null))
                {
                    @object[name] = Apply(@object[name]?.DeepClone(), [.. step], depth + 1);
                }
                else if (change.New is null)
                {
                    @object.Remove(name);
                }
                else
                {
                    @object.Add(name, JsonNode.Parse(change.New));
                }
            }
            return @object;
        }
        var elements = Assert.IsType<JsonArray>(old).Select(element => element?.DeepClone()).ToList();
        foreach (var step in steps.Where(step => step.Key is { OldIndex: >= 0, NewIndex: >= 0 }))
        {
            elements[step.Key.OldIndex] = Apply(elements[step.Key.OldIndex], [.. step], depth + 1);
        }
        foreach (var step in steps.Where(step => step.Key.NewIndex < 0).OrderByDescending(step => step.Key.OldIndex))
        {
            elements.RemoveAt(step.Key.OldIndex);
        }
        foreach (var step in steps.Where(step => step.Key.OldIndex < 0).OrderBy(step => step.Key.NewIndex))
        {
            elements.Insert(step.Key.NewIndex, JsonNode.Parse(step.Single().New!));
        }
        return new JsonArray([.. elements]);
    }
}
