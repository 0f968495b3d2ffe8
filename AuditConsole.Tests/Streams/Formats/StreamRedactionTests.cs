using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Formats;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Streams.Formats;

/// <summary>What a stream leaves out.</summary>
public sealed class StreamRedactionTests
{
    [Fact]
    public void Values_are_replaced_before_any_format_sees_them()
    {
        var entry = FormatEntries.Published(reasoning: "because of 4711", metadata: new { user = new { ssn = "4711" }, list = new[] { new { ssn = 4711 } }, kept = 1 });
        entry = entry with { Content = entry.Content with { Signature = new EntrySignature("sgk_1", "AAAA") } };
        var redacted = Redaction("/metadata/**/ssn", "/reasoning", "/ip", "/actor/name").Apply(entry);
        foreach (var format in new IEntryFormat[] { new JsonFormat(), new OcsfFormat(), new CefFormat(), new SyslogFormat() })
        {
            var output = new ArrayBufferWriter<byte>();
            format.Write(redacted, output);
            var text = Encoding.UTF8.GetString(output.WrittenSpan);
            Assert.DoesNotContain("4711", text, StringComparison.Ordinal);
            Assert.DoesNotContain("203.0.113.42", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Mara", text, StringComparison.Ordinal);
            Assert.DoesNotContain("sgk_1", text, StringComparison.Ordinal);
        }
        var wire = Wire(redacted);
        Assert.Equal("""{"kept":1,"list":[{"ssn":{"$redacted":"stream"}}],"user":{"ssn":{"$redacted":"stream"}}}""", wire["metadata"]!.ToJsonString());
        Assert.Equal("[redacted: stream]", wire["reasoning"]!.GetValue<string>());
        Assert.Equal("[redacted: stream]", wire["actor"]!["name"]!.GetValue<string>());
        Assert.Equal("usr_41", wire["actor"]!["id"]!.GetValue<string>());
        Assert.Equal(entry.Hash.ToString(), wire["hash"]!.GetValue<string>());
    }

    [Fact]
    public void An_entry_without_any_of_the_places_is_sent_as_it_is()
    {
        var entry = FormatEntries.Published(reasoning: null);
        Assert.Same(entry, Redaction("/metadata/**/ssn", "/reasoning", "/correlation_id").Apply(entry));
        Assert.Same(entry, StreamRedaction.None.Apply(entry));
    }

    [Fact]
    public void An_actor_that_is_left_out_is_not_named_by_the_credential()
    {
        var entry = FormatEntries.Published() with { RecordedBy = "user:usr_41" };
        Assert.DoesNotContain("usr_41", Wire(Redaction("/actor/id").Apply(entry)).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_built_in_rules_of_the_account_are_not_applied_again()
    {
        var entry = FormatEntries.Published(metadata: new { token = "Bearer abcdefghijklmnop1234567890", ssn = 1 });
        Assert.Contains("Bearer", Wire(Redaction("/metadata/ssn").Apply(entry)).ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("metadata")]
    [InlineData("/action")]
    [InlineData("/metadata//a")]
    [InlineData("/reasoning/x")]
    public void A_path_that_leads_nowhere_is_refused_in_words(string path)
    {
        Assert.False(StreamRedaction.TryParse([path], out _, out var problem));
        Assert.StartsWith(path, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_what_is_named_is_left_whatever_the_entry() => Property.Holds(seed =>
    {
        var entry = new RandomEntry(seed).After(ChainHead.Empty, FormatEntries.Tenant);
        var wire = Wire(Redaction("/metadata", "/actor/metadata", "/target/metadata", "/targets/*/metadata", "/targets/*/name", "/location", "/user_agent", "/ip").Apply(entry));
        Assert.False(wire.ContainsKey("ip"));
        Assert.All(
            new[] { wire["metadata"], wire["actor"]!["metadata"], wire["target"]!["metadata"] }.Concat((wire["targets"]?.AsArray() ?? []).Select(target => target!["metadata"])).OfType<JsonObject>(),
            metadata => Assert.True(metadata.Count == 0 || metadata.ToJsonString() == """{"$redacted":"stream"}""", metadata.ToJsonString()));
        Assert.True(wire["location"]?.GetValue<string>() is null or "[redacted: stream]");
        return true;
    }, times: 100);

    private static StreamRedaction Redaction(params string[] paths) =>
        StreamRedaction.TryParse(paths, out var redaction, out var problem) ? redaction : throw new ArgumentException(problem);

    private static JsonObject Wire(AuditEntry entry)
    {
        var output = new ArrayBufferWriter<byte>();
        EntryJson.Write(entry, output);
        return JsonNode.Parse(output.WrittenSpan)!.AsObject();
    }
}
