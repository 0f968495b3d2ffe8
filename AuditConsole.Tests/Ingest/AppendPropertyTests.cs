using System.Text;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Ingest;

/// <summary>
/// Thousands of bodies at the append route: whatever comes, the answer is 201 or an error in the one shape, never a
/// 5xx, and nothing is stored unless it is 201.
/// </summary>
public sealed class AppendPropertyTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    private const int AtOnce = 8;

    [Fact]
    public Task Random_JSON() => HoldAsync(1500, json => Encoding.UTF8.GetBytes(json.Rewrite(json.Value(6))));

    [Fact]
    public Task Entries_with_a_random_value_in_place_of_one_field() => HoldAsync(2000, json =>
    {
        var random = json.Random;
        string[] names =
            ["action", "actor", "target", "targets", "occurred_at", "engine_version", "ip", "location", "user_agent", "reasoning",
             "schema_version", "correlation_id", "metadata", "id", "colour"];
        var value = random.Next(6) switch
        {
            0 => "\"2026-11-21T16:42:07.318Z\"",
            1 => $"\"{new string('x', random.Next(3000))}\"",
            2 => $"[{string.Join(',', Enumerable.Repeat(json.Rewrite(json.Object(2)), random.Next(60)))}]",
            3 => random.Next(2) == 0 ? "1e400" : "123456789012345678901234567890",
            _ => json.Rewrite(json.Value(4)),
        };
        return Encoding.UTF8.GetBytes(Bodies.Entry(extra: $",\"{names[random.Next(names.Length)]}\":{value}"));
    });

    [Fact]
    public Task Entries_with_broken_bytes() => HoldAsync(2000, json =>
    {
        var random = json.Random;
        var body = Encoding.UTF8.GetBytes(random.Next(2) == 0
            ? Bodies.Entry(extra: $",\"metadata\":{json.Rewrite(json.Object(4))}")
            : Bodies.Batch(random.Next(1, 5))).ToList();
        for (var i = random.Next(1, 4); i > 0 && body.Count > 0; i--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(4))
            {
                case 0:
                    body[at] = (byte)random.Next(256);
                    break;
                case 1:
                    body.RemoveAt(at);
                    break;
                case 2:
                    body.Insert(at, (byte)"\0\u0001\"\\{}[],:-eE.0\uFFFD"[random.Next(16)]);
                    break;
                default:
                    body.RemoveRange(at, body.Count - at);
                    break;
            }
        }
        return [.. body];
    });

    [Fact]
    public Task Traps_of_JSON() => HoldAsync(800, json =>
    {
        var random = json.Random;
        var depth = random.Next(1, 200);
        var metadata = random.Next(8) switch
        {
            0 => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth),
            1 => "{\"a\":" + new string('[', depth) + new string(']', depth) + "}",
            2 => """{"a":1,"\u0061":2}""",
            3 => $$"""{"a":"\u{{random.Next(0xD800, 0xE000):x4}}"}""",
            4 => $$"""{"\u{{random.Next(0xD800, 0xE000):X4}}":1}""",
            5 => $$"""{"a":{{random.Next(10)}}{{new string('9', random.Next(1, 400))}}.{{random.Next()}}e{{random.Next(-400, 400)}}}""",
            6 => $$"""{"a":"{{new string('x', random.Next(65_000, 67_000))}}"}""",
            _ => """{"$redacted":"a\u0000b","a":-0,"b":1.0e0}""",
        };
        return Encoding.UTF8.GetBytes(Bodies.Entry(extra: $",\"metadata\":{metadata}"));
    });

    private async Task HoldAsync(int bodies, Func<RandomJson, byte[]> make)
    {
        using var producer = await fixture.NewAsync();
        var stored = await producer.CountAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, bodies), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (seed, _) =>
            {
                var body = make(new RandomJson(seed));
                var answer = await producer.SendAsync(body);
                if (answer.Status == 201)
                {
                    Interlocked.Add(ref stored, answer.Places.Length);
                }
                else
                {
                    Assert.True(answer.Status is 400 or 422, $"seed {seed}: {answer.Status} {answer.Body} for {Encoding.UTF8.GetString(body)}");
                    answer.AssertErrorShape();
                }
            });
        Assert.Equal(stored, await producer.CountAsync());
    }
}
