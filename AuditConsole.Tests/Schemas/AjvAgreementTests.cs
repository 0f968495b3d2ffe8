using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Schemas;

namespace AuditConsole.Tests.Schemas;

/// <summary>Our validator against npm's ajv, on random schemas and documents. AUDITCONSOLE_SCHEMA_CASES asks for more, AUDITCONSOLE_SEED for the same again.</summary>
public sealed class AjvAgreementTests
{
    private static readonly int Cases = Number("AUDITCONSOLE_SCHEMA_CASES") ?? 1_500;
    private static readonly int Seed = Number("AUDITCONSOLE_SEED") ?? Random.Shared.Next();

    private readonly RandomSchemas _make = new(new Random(Seed));

    [Fact]
    public async Task Every_document_has_the_same_problems_at_the_same_places_as_ajv_finds()
    {
        var cases = new List<(string, IReadOnlyList<string>)>();
        for (var i = 0; i < Cases; i++)
        {
            var schema = _make.Schema();
            cases.Add((Canonical(schema), [.. Enumerable.Range(0, 5).Select(_ => Canonical(_make.DocumentFor(schema)))]));
        }
        var (valid, invalid) = await CompareAsync(cases);
        // Both kinds, or the comparison shows little.
        Assert.True(valid > Cases / 2 && invalid > Cases / 2, $"{valid} valid and {invalid} invalid documents; seed {Seed}");
    }

    [Fact]
    public async Task Every_pattern_matches_the_texts_that_it_matches_in_ajv()
    {
        var cases = new List<(string, IReadOnlyList<string>)>();
        // Building one costs milliseconds.
        for (var i = 0; i < Cases / 8; i++)
        {
            var schema = new JsonObject { ["pattern"] = _make.Pattern() };
            cases.Add((Canonical(schema), [.. Enumerable.Range(0, 8).Select(_ => Canonical(_make.Text()))]));
        }
        await CompareAsync(cases);
    }

    [Fact]
    public async Task Every_format_takes_the_texts_that_it_takes_in_ajv()
    {
        var texts = Enumerable.Range(0, Cases * 5).Select(_ => _make.FormatCase()).GroupBy(text => text.Format)
            .Select(group => (Canonical(new JsonObject { ["format"] = group.Key }), (IReadOnlyList<string>)[.. group.Select(text => Canonical(text.Text))]));
        var (valid, invalid) = await CompareAsync([.. texts]);
        Assert.True(valid > Cases / 2 && invalid > Cases / 2, $"{valid} valid and {invalid} invalid texts; seed {Seed}");
    }

    private static async Task<(int Valid, int Invalid)> CompareAsync(IReadOnlyList<(string Schema, IReadOnlyList<string> Documents)> cases)
    {
        var judged = await Ajv.JudgeAsync(cases);
        var (valid, invalid) = (0, 0);
        var different = new List<string>();
        for (var i = 0; i < cases.Count; i++)
        {
            var (text, documents) = cases[i];
            var schema = Compile(text);
            for (var j = 0; j < documents.Count; j++)
            {
                var problems = new List<SchemaProblem>();
                schema.Check(Encoding.UTF8.GetBytes(documents[j]), "", problems);
                string[] ours = [.. problems.Select(problem => $"{problem.InstancePath} {problem.Keyword}").Order(StringComparer.Ordinal)];
                if (!ours.SequenceEqual(judged[i][j]))
                {
                    different.Add($"{text}\n  {documents[j]}\n  ours [{string.Join(", ", ours)}], ajv's [{string.Join(", ", judged[i][j])}]");
                }
                _ = judged[i][j].Length == 0 ? valid++ : invalid++;
            }
        }
        Assert.True(different.Count == 0, $"seed {Seed}, {different.Count} differ:\n{string.Join('\n', different.OrderBy(text => text.Length).Take(10))}");
        return (valid, invalid);
    }

    private static JsonSchema Compile(string text)
    {
        using var document = JsonDocument.Parse(text);
        var faults = new List<SchemaFault>();
        var schema = JsonSchema.Compile(document.RootElement, "", faults);
        Assert.True(schema is not null, $"seed {Seed}: {text} is refused: {string.Join("; ", faults)}");
        return schema;
    }

    private static string Canonical(JsonNode? value)
    {
        using var document = JsonDocument.Parse(value?.ToJsonString() ?? "null");
        return Encoding.UTF8.GetString(CanonicalJson.Canonicalize(document.RootElement));
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
