using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Schemas;

namespace AuditConsole.Tests.Schemas;

/// <summary>What the validator takes as a schema, and how it says what is wrong.</summary>
public sealed class JsonSchemaTests
{
    [Theory]
    [InlineData("""{"$ref":"#/definitions/a"}""", "/$ref", "refer")]
    [InlineData("""{"properties":{"a":{"$ref":"http://example.com/schema"}}}""", "/properties/a/$ref", "refer")]
    [InlineData("""{"oneOf":[]}""", "/oneOf", "not a keyword")]
    [InlineData("""{"title":"x"}""", "/title", "not a keyword")]
    [InlineData("""{"properties":{"c/d":{"patternProperties":{}}}}""", "/properties/c~1d/patternProperties", "not a keyword")]
    [InlineData("""{"type":"text"}""", "/type", "not a type")]
    [InlineData("""{"type":["string","string"]}""", "/type/1", "twice")]
    [InlineData("""{"items":[{"type":"string"}]}""", "/items", "must be an object")]
    [InlineData("""{"properties":{"a":true}}""", "/properties/a", "must be an object")]
    [InlineData("""{"required":"a"}""", "/required", "list of names")]
    [InlineData("""{"required":["a","a"]}""", "/required", "twice")]
    [InlineData("""{"enum":[]}""", "/enum", "list of 1")]
    [InlineData("""{"enum":[{"a":1,"b":2},{"b":2,"a":1}]}""", "/enum", "twice")]
    [InlineData("""{"minLength":-1}""", "/minLength", "whole number")]
    [InlineData("""{"maxLength":1.5}""", "/maxLength", "whole number")]
    [InlineData("""{"minimum":"1"}""", "/minimum", "must be a number")]
    [InlineData("""{"format":"hostname"}""", "/format", "not a format")]
    [InlineData("""{"pattern":"(?=a)b"}""", "/pattern", "looks around")]
    [InlineData("""{"pattern":"(?<!a)b"}""", "/pattern", "looks around")]
    [InlineData("""{"pattern":"(a)\\1"}""", "/pattern", "refers to a group")]
    [InlineData("""{"pattern":"\\p{L}"}""", "/pattern", "Unicode property")]
    [InlineData("""{"pattern":"(a"}""", "/pattern", "leaves a group open")]
    [InlineData("""{"pattern":"a)"}""", "/pattern", "isn't open")]
    [InlineData("""{"pattern":"a**"}""", "/pattern", "repeats nothing")]
    [InlineData("""{"pattern":"[z-a]"}""", "/pattern", "range")]
    [InlineData("""{"pattern":"a{3,2}"}""", "/pattern", "count")]
    [InlineData("""{"pattern":"(a{100}){100}"}""", "/pattern", "too large")]
    public void What_is_not_of_the_subset_is_refused_with_its_place_and_the_reason(string schema, string place, string reason)
    {
        var fault = Assert.Single(FaultsOf(schema));
        Assert.Equal(place, fault.Place);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Schemas_that_stand_too_deep_in_each_other_and_too_many_members_are_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"items":""", 16)) + "{}" + new string('}', 16);
        Assert.Contains("deeper than 16", Assert.Single(FaultsOf(deep)).Message, StringComparison.Ordinal);
        var wide = Members(1001, "{}");
        Assert.Contains("1,000", Assert.Single(FaultsOf(wide)).Message, StringComparison.Ordinal);
        var patterned = Members(60, """{"pattern":"a"}""");
        Assert.Contains("50 patterns", Assert.Single(FaultsOf(patterned)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_problem_has_its_place_and_says_what_is_expected()
    {
        var problems = Check(
            """
            {"type":"object","required":["id"],"additionalProperties":false,
             "properties":{"id":{"type":"string"},"c/d":{"items":{"type":"integer","minimum":2}},"kind":{"enum":["new","old"]}}}
            """,
            """{"c/d":[2,1,"x"],"extra":1,"kind":"other"}""");
        Assert.Equal(
            [
                ("/c~1d/1", "must be 2 or more"), ("/c~1d/2", "must be an integer"), ("", "must not have the member “extra”"),
                ("/kind", "must be one of \"new\", \"old\""), ("", "must have the member “id”"),
            ],
            problems.Select(problem => (problem.InstancePath, problem.Message)));
    }

    [Fact]
    public void A_hostile_text_does_not_make_a_pattern_slow_and_no_more_than_fifty_problems_are_listed()
    {
        // With backtracking this would take longer than the universe is old.
        var text = new string('a', 50_000) + "!";
        Assert.Single(Check("""{"pattern":"^(?:(?:a+)+)+$"}""", $"\"{text}\""));
        Assert.Equal(50, Check("""{"items":{"type":"null"}}""", $"[{string.Join(',', Enumerable.Repeat("1", 500))}]").Count);
    }

    private static string Members(int count, string schema) =>
        """{"properties":{""" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"m{i}\":{schema}")) + "}}";

    private static List<SchemaFault> FaultsOf(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        var faults = new List<SchemaFault>();
        Assert.Null(JsonSchema.Compile(document.RootElement, "", faults));
        return faults;
    }

    private static List<SchemaProblem> Check(string schema, string json)
    {
        using var document = JsonDocument.Parse(schema);
        var faults = new List<SchemaFault>();
        var problems = new List<SchemaProblem>();
        using var value = JsonDocument.Parse(json);
        JsonSchema.Compile(document.RootElement, "", faults)!.Check(CanonicalJson.Canonicalize(value.RootElement), "", problems);
        return problems;
    }
}
