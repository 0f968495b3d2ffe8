using System.Diagnostics;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Schemas;

namespace AuditConsole.Benchmarks;

/// <summary>What checking an event against its schema costs: 50 keys of metadata, one thread, no store.</summary>
internal static class SchemaBenchmark
{
    private const int Keys = 50;
    private const int Rounds = 9;

    /// <summary>Runs it and prints microseconds an event.</summary>
    public static void Run(int events)
    {
        var values = Enumerable.Range(0, Keys).ToDictionary(key => $"key_{key}", key => (object)((key % 5) switch
        {
            0 => $"value {key}",
            1 => key,
            2 => key % 2 == 0,
            3 => $"203.0.113.{key}",
            _ => key % 3 == 0 ? "open" : "closed",
        }));
        var entry = new NewEntry
        {
            Action = "benchmark.run",
            Actor = new Actor("user", "usr_1", Metadata: CanonicalObject.From(new { role = "admin" })),
            Target = new Resource("invoice", "inv_1", Metadata: CanonicalObject.From(new { cost = 12.5 })),
            Metadata = CanonicalObject.From(values),
        };
        foreach (var (name, patterns) in new[] { ("types, lengths, bounds, enums, formats", false), ("the same with 10 patterns", true) })
        {
            var schema = Schema(patterns);
            if (schema.Check(entry).Count > 0)
            {
                throw new InvalidOperationException("The event matches.");
            }
            var best = double.MaxValue;
            for (var round = 0; round < Rounds; round++)
            {
                var begin = Stopwatch.GetTimestamp();
                for (var i = 0; i < events; i++)
                {
                    schema.Check(entry);
                }
                best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalMicroseconds / events);
            }
            Console.WriteLine($"{Keys} keys, {name}: {best:0.0} µs an event, best of {Rounds} rounds of {events:N0}");
        }
    }

    private static EventSchemaDocument Schema(bool patterns)
    {
        var properties = Enumerable.Range(0, Keys).ToDictionary(key => $"key_{key}", key => (object)((key % 5) switch
        {
            0 when patterns => new { type = "string", pattern = "^value [0-9]+$" },
            0 => new { type = "string", minLength = 1, maxLength = 100 },
            1 => new { type = "integer", minimum = 0, maximum = 1000 },
            2 => new { type = "boolean" },
            3 => new { type = "string", format = "ipv4" },
            _ => new { @enum = new[] { "open", "closed" } },
        }));
        var document = JsonSerializer.SerializeToElement(new
        {
            actor = new { metadata = new { type = "object", properties = new { role = new { type = "string" } } } },
            targets = new[] { new { type = "invoice", metadata = new { type = "object", properties = new { cost = new { type = "number", minimum = 0 } }, required = new[] { "cost" } } } },
            metadata = new { type = "object", properties, required = properties.Keys, additionalProperties = false },
        });
        var faults = new List<SchemaFault>();
        return EventSchemaDocument.Read(document, faults) ?? throw new InvalidOperationException(faults[0].ToString());
    }
}
