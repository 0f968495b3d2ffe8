using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Demo;
using AuditConsole.Ingest;
using AuditConsole.Redaction;

namespace AuditConsole.Benchmarks;

/// <summary>What redaction adds to reading, checking and hashing an entry, on the demo's 17 actions; one thread, no store.</summary>
internal static class DoorBenchmark
{
    private const int Rounds = 7;

    /// <summary>Runs it and prints the ratios.</summary>
    public static void Run(int entries)
    {
        var now = TimeProvider.System.GetUtcNow();
        var world = DemoWorld.Make(DemoWorld.Acme(entries), 1, now, now.AddMonths(-24).AddDays(2));
        var bodies = world.Entries.Select(Body).ToArray();
        var off = RuleSet.Of([.. SecretShapes.All.Select(shape => Rule(shape.Name, RuleKind.BuiltIn, "", RuleAct.Off))]);
        var own = RuleSet.Of(
        [
            Rule("ssn", RuleKind.Pattern, @"\b\d{3}-\d{2}-\d{4}\b", RuleAct.Redact), Rule("path", RuleKind.Path, "/metadata/user/ssn", RuleAct.Redact),
        ]);
        (string Name, RuleSet Rules)[] sets = [("no rules", off), ("built-in rules", RuleSet.Default), ("built-in rules, a pattern and a path", own)];
        var best = new double[sets.Length];
        Array.Fill(best, double.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < sets.Length; i++)
            {
                var begin = Stopwatch.GetTimestamp();
                foreach (var body in bodies)
                {
                    Admit(body, sets[i].Rules);
                }
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(begin).TotalMicroseconds / bodies.Length);
            }
        }
        Console.WriteLine($"Reading, redacting and hashing {bodies.Length:N0} entries of {bodies.Average(body => body.Length):0} bytes, one thread, best of {Rounds}:");
        for (var i = 0; i < sets.Length; i++)
        {
            Console.WriteLine($"  {sets[i].Name,-40} {best[i],6:0.00} µs an entry, {best[i] / best[0]:0.00} times");
        }
    }

    private static void Admit(byte[] body, RuleSet rules)
    {
        using var document = JsonDocument.Parse(body, EntryParser.DocumentOptions);
        var entry = EntryParser.Parse(document.RootElement, "", new EntryProblems()) ?? throw new InvalidOperationException("The demo's entries are fit to be sent.");
        var (redacted, findings) = EntryRedactor.Apply(rules, entry, (_, _, _) => throw new InvalidOperationException());
        if (findings.Count > 0)
        {
            throw new InvalidOperationException("The demo holds no secrets.");
        }
        PreparedEntry.From(redacted);
    }

    /// <summary>The entry as a producer sends it.</summary>
    private static byte[] Body(NewEntry entry)
    {
        var output = new ArrayBufferWriter<byte>();
        EntryJson.Write(
            new AuditEntry
            {
                Id = Guid.Empty,
                TenantId = Guid.Empty,
                Sequence = 1,
                OccurredAt = entry.OccurredAt!.Value,
                RecordedAt = entry.OccurredAt.Value,
                RecordedBy = "console",
                Content = entry with { Actor = entry.Actor.Id == Actor.ServiceId ? entry.Actor with { Id = "demo" } : entry.Actor },
                Salt = default,
                Leaf = default,
                PreviousHash = default,
                Hash = default,
            },
            output);
        var sent = System.Text.Json.Nodes.JsonNode.Parse(output.WrittenSpan)!.AsObject();
        foreach (var name in new[] { "id", "tenant_id", "sequence", "recorded_at", "recorded_by", "prev_hash", "hash" })
        {
            sent.Remove(name);
        }
        return JsonSerializer.SerializeToUtf8Bytes(sent);
    }

    private static RedactionRule Rule(string name, RuleKind kind, string expression, RuleAct act) =>
        new() { Id = name, Name = name, Kind = kind, Expression = expression, Act = act, ChangedBy = "console" };
}
