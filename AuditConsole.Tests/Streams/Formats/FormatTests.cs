using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Formats;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Streams.Formats;

/// <summary>The forms for SIEMs, read back by what their specifications say.</summary>
public sealed class FormatTests
{
    private const string Hostile = "a|b\\c=d]\"e\r\nCEF:0|x\tnul\u0001 del\u007f nel\u0085 ls\u2028 😀";

    [Theory]
    [InlineData("RuleCreated", ActionKind.Create)]
    [InlineData("RulePublished", ActionKind.Update)]
    [InlineData("workspace.member.role_changed", ActionKind.Update)]
    [InlineData("ApiKeyRevoked", ActionKind.Delete)]
    [InlineData("USER_DELETED", ActionKind.Delete)]
    [InlineData("user.read", ActionKind.Read)]
    [InlineData("workspace.renamed", ActionKind.Move)]
    [InlineData("device.enrolled", ActionKind.Enroll)]
    [InlineData("device.unenrolled", ActionKind.Unenroll)]
    [InlineData("ProgrammaticReadingEnabled", ActionKind.Enable)]
    [InlineData("ProgrammaticReadingDisabled", ActionKind.Disable)]
    [InlineData("plan.activated", ActionKind.Activate)]
    [InlineData("plan.deactivated", ActionKind.Deactivate)]
    [InlineData("user.suspended", ActionKind.Suspend)]
    [InlineData("user.unsuspended", ActionKind.Resume)]
    [InlineData("delete", ActionKind.Delete)]
    [InlineData("Überprüfung", ActionKind.Other)]
    [InlineData("rule.evaluated", ActionKind.Other)]
    [InlineData("...", ActionKind.Other)]
    internal void The_last_word_of_an_action_tells_what_it_did(string action, ActionKind kind) => Assert.Equal(kind, ActionMeaning.KindOf(action));

    [Fact]
    public void Ocsf_has_every_attribute_that_the_class_requires_and_loses_nothing() => Property.Holds(seed =>
    {
        var entry = Random(seed);
        var json = JsonNode.Parse(Written(new OcsfFormat(), entry))!.AsObject();
        OcsfClass.Check(json);
        Assert.Equal(entry.Id.ToString(), json["metadata"]!["uid"]!.GetValue<string>());
        Assert.Equal(entry.OccurredAt.ToUnixTimeMilliseconds(), json["time"]!.GetValue<long>());
        var (content, unmapped) = (entry.Content, json["unmapped"]!);
        Assert.Equal(content.Metadata.ToString(), Canonical(unmapped["metadata"]!));
        Assert.Equal(content.Actor.Metadata?.ToString(), unmapped["actor_metadata"] is { } actor ? Canonical(actor) : null);
        Assert.Equal(content.Target.Metadata?.ToString(), json["entity"]!["data"] is { } data ? Canonical(data) : null);
        Assert.Equal(content.Targets.Count, unmapped["targets"]?.AsArray().Count ?? 0);
        Assert.Equal(content.Reasoning, json["comment"]?.GetValue<string>());
        Assert.Equal(content.Location, unmapped["location"]?.GetValue<string>());
        Assert.Equal(entry.Hash.ToString(), unmapped["hash"]!.GetValue<string>());
        return true;
    }, times: 100);

    [Fact]
    public void Ocsf_of_an_ordinary_entry_is_as_the_documentation_shows_it()
    {
        var json = JsonNode.Parse(Written(new OcsfFormat(), FormatEntries.Published()))!;
        Assert.Equal(300403, json["type_uid"]!.GetValue<int>());
        Assert.Equal(1, json["actor"]!["user"]!["type_id"]!.GetValue<int>());
        Assert.Equal("203.0.113.42", json["src_endpoint"]!["ip"]!.GetValue<string>());
        Assert.Equal("no-async-void", json["entity"]!["name"]!.GetValue<string>());
        Assert.Contains(json["message"]!.GetValue<string>(), RepositoryFile.Read("docs/siem-formats.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Cef_is_one_line_and_gives_its_values_back() => Property.Holds(seed =>
    {
        var entry = Random(seed);
        var line = Written(new CefFormat(), entry);
        Assert.DoesNotContain(line, LineBreaks.Is);
        var (header, extension) = CefLine.Parse(line);
        Assert.Equal(["CEF:0", "AuditConsole", "AuditConsole"], header.Take(3));
        Assert.Equal(Shown(entry.Content.Action), header[4]);
        Assert.InRange(int.Parse(header[6], System.Globalization.CultureInfo.InvariantCulture), 0, 10);
        Assert.Equal(entry.Id.ToString(), extension["externalId"]);
        Assert.Equal(entry.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture), extension["cn1"]);
        Assert.Equal(Shown(LineText.Cut(entry.Content.Actor.Id, 1023), keepsLines: true), extension["suid"]);
        Assert.Equal(Shown(LineText.Cut(entry.Content.Metadata.ToString(), 4000), keepsLines: true), extension["cs6"]);
        if (entry.Content.UserAgent is { } agent)
        {
            Assert.Equal(Shown(agent, keepsLines: true), extension["requestClientApplication"]);
        }
        return true;
    }, times: 100);

    [Fact]
    public void Cef_takes_hostile_text_for_text()
    {
        var (header, extension) = CefLine.Parse(Written(new CefFormat(), FormatEntries.Published(Hostile, Hostile)));
        Assert.Equal(7, header.Count);
        Assert.Equal("a|b\\c=d]\"e#015#012CEF:0|x#011nul#001 del#177 nel\uFFFD ls\uFFFD 😀", header[4]);
        Assert.Equal("a|b\\c=d]\"e\r\nCEF:0|x#011nul#001 del#177 nel\uFFFD ls\uFFFD 😀", extension["reason"]);
        Assert.Equal("metadata", extension["cs6Label"]);
    }

    [Fact]
    public void Cef_says_what_it_cut_and_never_cuts_a_character_in_half()
    {
        var (_, extension) = CefLine.Parse(Written(new CefFormat(), FormatEntries.Published(reasoning: string.Concat(Enumerable.Repeat("a😀", 900)))));
        Assert.Equal("reason", extension["acTruncated"]);
        Assert.InRange(extension["reason"].Length, 1022, 1023);
        Assert.DoesNotContain('\uFFFD', extension["reason"]);
    }

    [Fact]
    public void Cef_puts_an_address_of_IPv6_where_the_dictionary_has_it()
    {
        var entry = FormatEntries.Published();
        entry = entry with { Content = entry.Content with { Ip = IPAddress.Parse("2001:db8::1") } };
        var (_, extension) = CefLine.Parse(Written(new CefFormat(), entry));
        Assert.Equal("2001:db8::1", extension["c6a2"]);
        Assert.False(extension.ContainsKey("src"));
    }

    [Fact]
    public void Syslog_is_what_RFC_5424_says_and_its_message_is_the_wire_entry() => Property.Holds(seed =>
    {
        var entry = Random(seed);
        var line = Written(new SyslogFormat(), entry);
        Assert.DoesNotContain(line, LineBreaks.Is);
        var parsed = SyslogLine.Parse(line);
        Assert.Equal(13, parsed.Priority / 8);
        Assert.Equal(WireTimeText.Of(entry.OccurredAt), parsed.Time);
        var data = parsed.Data[SyslogFormat.StructuredDataId];
        Assert.Equal(entry.Id.ToString(), data["id"]);
        Assert.Equal(Shown(entry.Content.Action), data["action"]);
        Assert.Equal(Shown(entry.Content.Actor.Id), data["actorId"]);
        Assert.StartsWith("\uFEFF{", parsed.Message, StringComparison.Ordinal);
        // Escaped or not, it is the same entry: its canonical text is.
        var wire = new ArrayBufferWriter<byte>();
        EntryJson.Write(entry, wire);
        Assert.Equal(Canonical(JsonNode.Parse(wire.WrittenSpan)!), Canonical(JsonNode.Parse(parsed.Message[1..])!));
        return true;
    }, times: 100);

    [Fact]
    public void Syslog_takes_hostile_text_for_text()
    {
        var parsed = SyslogLine.Parse(Written(new SyslogFormat(), FormatEntries.Published(Hostile)));
        Assert.Equal("a|b\\c=d]\"e#015#012CEF:0|x#011nul#001 del#177 nel\uFFFD ls\uFFFD 😀", parsed.Data[SyslogFormat.StructuredDataId]["action"]);
        Assert.Equal("a|b\\c=d]\"e__CEF:0|x_nul__del__ne", parsed.MessageId);
    }

    [Theory]
    [InlineData("RulePublished", 110)]
    [InlineData("RuleDeleted", 109)]
    [InlineData("EntryWithheld", 108)]
    public void The_priority_of_syslog_is_that_of_an_audit_log(string action, int priority) =>
        Assert.Equal(priority, SyslogLine.Parse(Written(new SyslogFormat(), FormatEntries.Published(action))).Priority);

    [Fact]
    public void Withheld_details_leave_no_trace_in_any_format()
    {
        var whole = FormatEntries.Published(reasoning: "the secret reason");
        var entry = whole with
        {
            Content = new NewEntry { Actor = new Actor("user", "usr_41"), Action = "RulePublished", Target = new Resource("Rule", "rul_2") },
            Withheld = new WithheldDetails(whole.Hash, whole.RecordedAt, "usr_9", null, "asked for", 7),
        };
        foreach (var format in new IEntryFormat[] { new OcsfFormat(), new CefFormat(), new SyslogFormat() })
        {
            var text = Written(format, entry);
            Assert.DoesNotContain("secret reason", text, StringComparison.Ordinal);
            Assert.Contains("ithheld", text, StringComparison.Ordinal);
        }
    }

    private static AuditEntry Random(int seed) => new RandomEntry(seed).After(ChainHead.Empty, FormatEntries.Tenant);

    private static string Written(IEntryFormat format, AuditEntry entry)
    {
        var output = new ArrayBufferWriter<byte>();
        format.Write(entry, output);
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(output.WrittenSpan);
    }

    private static string Canonical(JsonNode node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString());
        return Encoding.UTF8.GetString(CanonicalJson.Canonicalize(document.RootElement));
    }

    // What is left of a text that could steer a terminal.
    private static string Shown(string text, bool keepsLines = false) => string.Concat(text.Select(c =>
        keepsLines && c is '\n' or '\r' ? c.ToString()
        : c < ' ' || c == '\x7f' ? "#" + Convert.ToString(c, 8).PadLeft(3, '0')
        : LineText.EndsLine(c) ? "\uFFFD" : c.ToString()));
}

/// <summary>What no line holds.</summary>
internal static class LineBreaks
{
    public static bool Is(char c) => char.IsControl(c) || c is '\u2028' or '\u2029';
}
