using System.Net;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using static AuditConsole.Tests.Core.Parsed;

namespace AuditConsole.Tests.Core;

public sealed class EntryParserTests
{
    [Fact]
    public void The_least_entry_is_accepted_with_everything_else_absent()
    {
        var entry = Accepted(Least());
        Assert.Equal(new Actor("user", "usr_1"), entry.Actor);
        Assert.Equal(new Resource("Rule", "rul_1"), entry.Target);
        Assert.Equal("RuleCreated", entry.Action);
        Assert.Null(entry.OccurredAt);
        Assert.Empty(entry.Targets);
        Assert.Null(entry.EngineVersion ?? entry.Location ?? entry.UserAgent ?? entry.Reasoning ?? entry.CorrelationId);
        Assert.Null(entry.Ip);
        Assert.Null(entry.SchemaVersion);
        Assert.Same(CanonicalObject.Empty, entry.Metadata);
    }

    [Fact]
    public void Every_field_is_read()
    {
        var entry = Accepted("""
            { "occurred_at": "2026-11-21T17:42:07.3189+01:00",
              "actor": { "type": "api_key", "id": "key_7", "name": "acme-web-ci", "metadata": { "b": 1.0, "a": "x" } },
              "action": "ProfilePublished",
              "target": { "type": "Profile", "id": "prf_12", "slug": "backend-standards", "version": "1.5.0", "name": "", "metadata": {} },
              "targets": [ { "type": "Rule", "id": "rul_1" }, { "type": "Rule", "id": "rul_2", "slug": "no-async-void", "version": "2.1.0", "name": "n", "metadata": { "c": [] } } ],
              "engine_version": "3.2.0", "ip": "::ffff:203.0.113.42", "location": "Vienna", "user_agent": "acme-cli/3.2.0",
              "reasoning": "why", "schema_version": 2, "correlation_id": "c-1", "metadata": { "z": 0, "a": [ 1e2 ] } }
            """);
        Assert.Equal("2026-11-21T16:42:07.318Z", WireTime.Format(entry.OccurredAt!.Value));
        Assert.Equal("""{"a":"x","b":1}""", entry.Actor.Metadata!.ToString());
        Assert.Equal("acme-web-ci", entry.Actor.Name);
        Assert.Equal(("backend-standards", "1.5.0", ""), (entry.Target.Slug, entry.Target.Version, entry.Target.Name));
        Assert.Same(CanonicalObject.Empty, entry.Target.Metadata);
        Assert.Equal(2, entry.Targets.Count);
        Assert.Equal(new Resource("Rule", "rul_1"), entry.Targets[0]);
        Assert.Equal("""{"c":[]}""", entry.Targets[1].Metadata!.ToString());
        Assert.Equal(("3.2.0", "Vienna", "acme-cli/3.2.0", "why", "c-1", 2),
            (entry.EngineVersion, entry.Location, entry.UserAgent, entry.Reasoning, entry.CorrelationId, entry.SchemaVersion));
        Assert.Equal(IPAddress.Parse("203.0.113.42"), entry.Ip);
        Assert.Equal("""{"a":[100],"z":0}""", entry.Metadata.ToString());
    }

    [Theory]
    [InlineData("action", 1, 128)]
    [InlineData("actor.type", 1, 256)]
    [InlineData("actor.id", 1, 256)]
    [InlineData("actor.name", 0, 256)]
    [InlineData("target.type", 1, 256)]
    [InlineData("target.id", 1, 256)]
    [InlineData("target.slug", 1, 256)]
    [InlineData("target.version", 1, 256)]
    [InlineData("target.name", 0, 256)]
    [InlineData("engine_version", 1, 256)]
    [InlineData("correlation_id", 1, 256)]
    [InlineData("location", 0, 1024)]
    [InlineData("user_agent", 0, 1024)]
    [InlineData("reasoning", 0, 2000)]
    public void Texts_have_a_least_and_a_greatest_length_in_code_points(string field, int least, int most)
    {
        Accepted(With(field, new string('x', Math.Max(least, 1))));
        Accepted(With(field, new string('x', most)));
        Accepted(With(field, string.Concat(Enumerable.Repeat("😀", most))));
        RefusedAt(field, With(field, new string('x', most + 1)), $"has {most + 1:N0} characters; {most:N0} are the most");
        RefusedAt(field, With(field, string.Concat(Enumerable.Repeat("😀", most + 1))), $"has {most + 1:N0} characters");
        if (least == 0)
        {
            Accepted(With(field, ""));
        }
        else
        {
            RefusedAt(field, With(field, ""), "must not be empty");
        }
        foreach (var wrong in new[] { "1", "true", "null", "[]", "{}" })
        {
            RefusedAt(field, With(field, JsonNode.Parse(wrong)), "must be a string, not ");
        }
        RefusedAt(field, With(field, "a\0b"), "U+0000");
        RefusedAt(field, With(field, "@@@").ToJsonString().Replace("@@@", @"\ud83d", StringComparison.Ordinal), "lone surrogate");
    }

    [Theory]
    [InlineData("action")]
    [InlineData("actor")]
    [InlineData("actor.type")]
    [InlineData("actor.id")]
    [InlineData("target")]
    [InlineData("target.type")]
    [InlineData("target.id")]
    public void What_every_entry_needs_is_asked_for(string field) => RefusedAt(field, Without(field), "is missing");

    [Theory]
    [InlineData("actor")]
    [InlineData("target")]
    [InlineData("metadata")]
    [InlineData("actor.metadata")]
    [InlineData("target.metadata")]
    public void Objects_are_objects(string field)
    {
        foreach (var wrong in new[] { "1", "false", "null", "[]", "\"x\"" })
        {
            RefusedAt(field, With(field, JsonNode.Parse(wrong)), "must be an object, not ");
        }
    }

    [Theory]
    [InlineData("id")]
    [InlineData("tenant_id")]
    [InlineData("sequence")]
    [InlineData("recorded_at")]
    [InlineData("recorded_by")]
    [InlineData("prev_hash")]
    [InlineData("hash")]
    public void What_the_service_makes_cannot_be_sent(string field) => RefusedAt(field, With(field, "x"), "made by the service");

    [Theory]
    [InlineData("occurredAt")]
    [InlineData("Action")]
    [InlineData("signatures")]
    [InlineData("actor.slug")]
    [InlineData("actor.email")]
    [InlineData("target.url")]
    [InlineData("target.Type ")]
    public void Unknown_fields_are_refused_by_name(string field) => RefusedAt(field, With(field, 1), "is not a field that the service knows");

    [Theory]
    [InlineData("[]", "must be an object, not an array")]
    [InlineData("\"x\"", "must be an object, not a string")]
    [InlineData("null", "must be an object, not null")]
    [InlineData("12", "must be an object, not a number")]
    public void An_entry_is_an_object(string body, string message) => RefusedAt("", body, message);

    [Fact]
    public void Every_fault_of_an_entry_is_reported_with_its_place_in_the_batch()
    {
        var errors = Refused("""{"action":"","actor":{"id":1,"x":2},"targets":[{"type":"a","id":"b"},{"id":"c"}],"metadata":{"a":[0,1e400]},"y":1}""", "[3]");
        Assert.Equal(
            ["[3].action", "[3].actor.id", "[3].actor.type", "[3].actor.x", "[3].metadata.a[1]", "[3].target", "[3].targets[1].type", "[3].y"],
            errors.Select(error => error.Field).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"action":"a","action":"b","actor":{"type":"user","id":"u"},"target":{"type":"t","id":"i"}}""", "action")]
    [InlineData("""{"action":"a","actor":{"type":"user","id":"u","\u0069d":"v"},"target":{"type":"t","id":"i"}}""", "actor.id")]
    [InlineData("""{"action":"a","actor":{"type":"user","id":"u"},"target":{"type":"t","id":"i"},"metadata":{"a":{"b":1,"b":1}}}""", "metadata.a.b")]
    public void A_name_that_stands_twice_makes_the_body_unreadable(string body, string field)
    {
        var error = Assert.Single(Refused(body));
        Assert.Equal(field, error.Field);
        Assert.True(error.IsUnreadable);
    }

    [Fact]
    public void A_member_whose_name_is_no_text_is_refused() =>
        RefusedAt("actor", Least().ToJsonString().Replace("\"id\":\"usr_1\"", @"""id"":""u"",""\ud800"":1", StringComparison.Ordinal), "lone surrogate");

    [Theory]
    [InlineData("system", "audit-console", false)]
    [InlineData("system", "engine-registry", true)]
    [InlineData("user", "audit-console", true)]
    public void Only_the_service_speaks_for_itself(string type, string id, bool accepted)
    {
        var body = With("actor", new JsonObject { ["type"] = type, ["id"] = id });
        if (accepted)
        {
            Assert.Equal(id, Accepted(body).Actor.Display);
        }
        else
        {
            RefusedAt("actor", body, "is the service itself");
        }
    }

    [Fact]
    public void An_API_key_is_shown_by_its_name_or_else_its_id()
    {
        Assert.Equal("API key: nightly", new Actor("api_key", "key_1", "nightly").Display);
        Assert.Equal("API key: key_1", new Actor("api_key", "key_1", "").Display);
        Assert.Equal("usr_1", new Actor("user", "usr_1", "Ann").Display);
        Assert.Equal("rul_1", new Resource("Rule", "rul_1").ShownSlug);
        Assert.Equal("s", new Resource("Rule", "rul_1", "s").ShownSlug);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("2147483647", true)]
    [InlineData("0", false)]
    [InlineData("-1", false)]
    [InlineData("2147483648", false)]
    [InlineData("1.5", false)]
    [InlineData("\"1\"", false)]
    [InlineData("null", false)]
    public void A_schema_version_is_a_positive_integer(string value, bool accepted)
    {
        var body = With("schema_version", JsonNode.Parse(value));
        if (accepted)
        {
            Assert.Equal(int.Parse(value, null), Accepted(body).SchemaVersion);
        }
        else
        {
            RefusedAt("schema_version", body, "must be an integer from 1 to 2147483647");
        }
    }

    [Fact]
    public void An_unreadable_time_or_address_is_refused_with_an_example_or_a_hint()
    {
        RefusedAt("occurred_at", With("occurred_at", "yesterday"), "2026-11-21T16:42:07.318Z");
        RefusedAt("occurred_at", With("occurred_at", 1780000000000), "must be a string");
        RefusedAt("ip", With("ip", "1"), "free text belongs in location");
        RefusedAt("ip", With("ip", ""), "must not be empty");
    }

    [Fact]
    public void Up_to_50_further_targets_are_taken()
    {
        JsonArray Targets(int count) => [.. Enumerable.Range(0, count).Select(i => new JsonObject { ["type"] = "Rule", ["id"] = $"r{i}" })];
        Assert.Equal(50, Accepted(With("targets", Targets(50))).Targets.Count);
        Assert.Empty(Accepted(With("targets", Targets(0))).Targets);
        RefusedAt("targets", With("targets", Targets(51)), "has 51 elements; 50 are the most");
        RefusedAt("targets", With("targets", new JsonObject()), "must be an array, not an object");
        RefusedAt("targets[0]", With("targets", new JsonArray(1)), "must be an object");
    }

    [Theory]
    [InlineData("metadata")]
    [InlineData("actor.metadata")]
    [InlineData("target.metadata")]
    public void Metadata_is_limited_in_size_depth_and_names(string field)
    {
        // {"a":"…"} has eight bytes around the text.
        Accepted(With(field, new JsonObject { ["a"] = new string('x', EntryParser.MaxMetadataBytes - 8) }));
        RefusedAt(field, With(field, new JsonObject { ["a"] = new string('x', EntryParser.MaxMetadataBytes - 7) }), "65,537 bytes");
        Accepted(With(field, Nested(16)));
        RefusedAt(field + string.Concat(Enumerable.Repeat(".a", 16)), With(field, Nested(17)), "deeper than 16 levels");
        RefusedAt(field + ".$redacted", With(field, new JsonObject { ["$redacted"] = 1 }), "begins with $");
        RefusedAt(field + ".a[1].$", With(field, JsonNode.Parse("""{"a":[{"b$":1},{"$":2}]}""")), "begins with $");
        RefusedAt(field + ".a", With(field, new JsonObject { ["a"] = "\0" }), "U+0000");
        RefusedAt(field + ".n", With(field, JsonNode.Parse("""{"n":12345678901234567890}""")), "send it as a string");

        static JsonObject Nested(int depth) => depth == 1 ? [] : new JsonObject { ["a"] = Nested(depth - 1) };
    }

    [Fact]
    public void Size_is_that_of_the_canonical_text_and_not_of_the_body()
    {
        var body = Least().ToJsonString()[..^1] + ",\"metadata\":{\"a\":\"" + string.Concat(Enumerable.Repeat(@"\u0041", 60_000)) + "\"" + new string(' ', 10_000) + "}}";
        Assert.Equal(60_008, Accepted(body).Metadata.Utf8.Length);
    }
}
