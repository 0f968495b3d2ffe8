using AuditConsole.Core;
using AuditConsole.Demo;

namespace AuditConsole.Tests.Demo;

public sealed class DemoWorldTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 15, 7, 3, 250, TimeSpan.Zero);

    private static readonly DemoWorld Acme = Make(DemoWorld.Acme(60_000), 1);

    private static readonly string[] KnownActions =
    [
        "ApiKeyCreated", "ApiKeyRevoked", "EngineVersionDeprecated", "EngineVersionRegistered", "EngineVersionRetired", "ProfileArchived",
        "ProfileCreated", "ProfileDrafted", "ProfilePublished", "ProfileUnarchived", "RuleArchived", "RuleCreated", "RuleEdited",
        "RulePublished", "RuleUnarchived", "SpecJobCancelled", "SpecJobEnqueued",
    ];

    [Fact]
    public void The_log_is_large_and_holds_every_known_action_and_kind_of_actor()
    {
        Assert.InRange(Acme.Entries.Count, 55_000, 61_000);
        Assert.Equal(KnownActions, Acme.Entries.Select(entry => entry.Action).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(["api_key", "system", "user"], Acme.Entries.Select(entry => entry.Actor.Type).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(["ApiKey", "EngineVersion", "Profile", "Rule", "SpecJob"], Acme.Entries.Select(entry => entry.Target.Type).Distinct().Order(StringComparer.Ordinal));
        Assert.InRange(Acme.Entries.Select(entry => entry.Actor.Id).Distinct().Count(), 50, 100);
    }

    [Fact]
    public void The_same_seed_and_time_make_the_same_log_and_another_seed_another()
    {
        Assert.Equal(Texts(Make(DemoWorld.Acme(5_000), 7)), Texts(Make(DemoWorld.Acme(5_000), 7)));
        Assert.NotEqual(Texts(Make(DemoWorld.Acme(5_000), 7)), Texts(Make(DemoWorld.Acme(5_000), 8)));
    }

    [Fact]
    public void The_log_lies_in_the_past_in_order_and_keeps_office_hours()
    {
        var times = Acme.Entries.Select(entry => entry.OccurredAt!.Value).ToList();
        Assert.Equal(times.Order(), times);
        Assert.True(times[0] >= Now.AddMonths(-24) && times[^1] < Now);
        Assert.True(times[^1] > Now.AddHours(-36));
        Assert.All(times, time => Assert.Equal(time, WireTime.Truncate(time)));
        Assert.True(times.Distinct().Count() < times.Count, "some entries share a millisecond");
        var weekend = times.Count(time => time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday);
        Assert.InRange(weekend / (double)times.Count, 0.02, 0.15);
        var night = times.Count(time => time.Hour is >= 22 or < 5);
        Assert.InRange(night / (double)times.Count, 0.02, 0.35);
    }

    [Fact]
    public void Why_is_my_build_stricter_since_yesterday_has_its_answer()
    {
        var profile = Yesterday("ProfilePublished", "backend-standards");
        Assert.Equal("user", profile.Actor.Type);
        var before = Acme.Entries.Last(entry => entry.Action == "ProfilePublished" && entry.Target.Slug == "backend-standards" && entry != profile);
        Assert.Equal(("warning", "error"), (Severity(before, "no-async-void"), Severity(profile, "no-async-void")));
        Assert.NotEqual(before.Target.Version, profile.Target.Version);
        var rule = Yesterday("RulePublished", "no-async-void");
        Assert.Contains("\"severity\":\"error\"", rule.Metadata.ToString(), StringComparison.Ordinal);
        Assert.Contains($"\"slug\":\"no-async-void\",\"version\":\"{rule.Target.Version}\"", profile.Metadata.ToString(), StringComparison.Ordinal);

        static NewEntry Yesterday(string action, string slug) => Acme.Entries.Single(entry =>
            entry.Action == action && entry.Target.Slug == slug && entry.OccurredAt!.Value.UtcDateTime.Date == Now.UtcDateTime.Date.AddDays(-1));
    }

    [Fact]
    public void A_key_was_created_and_another_revoked_in_the_last_week_by_a_named_user()
    {
        foreach (var (action, name) in new[] { ("ApiKeyCreated", "payments-ci"), ("ApiKeyRevoked", "legacy-jenkins") })
        {
            var entry = Acme.Entries.Single(candidate => candidate.Action == action && candidate.Target.Slug == name);
            Assert.True(entry.OccurredAt > Now.AddDays(-7));
            Assert.Equal("user", entry.Actor.Type);
            Assert.NotNull(entry.Actor.Name);
        }
        Assert.Contains(Acme.Keys, key => key.Name == "legacy-jenkins" && key.RevokedBy is not null);
        Assert.Contains(Acme.Keys, key => key.ExpiresAt < Now && key.RevokedAt is null);
        Assert.Contains(Acme.Keys, key => key.IsUsableAt(Now) && key.LastUsedAt > Now.AddDays(-7));
    }

    [Fact]
    public void Jobs_ran_on_engine_3_2_0_for_a_rule() =>
        Assert.True(Acme.Entries.Count(entry => entry is { Target: { Type: "SpecJob", Slug: "no-async-void" }, EngineVersion: "3.2.0" } && entry.OccurredAt > Now.AddDays(-30)) > 10);

    [Fact]
    public void Nobody_uses_a_key_before_it_is_made_or_after_it_is_revoked()
    {
        var keys = Acme.Keys.ToDictionary(key => key.Id);
        Assert.All(
            Acme.Entries.Where(entry => entry.Actor.Type == Actor.ApiKeyType && entry.Action == "SpecJobEnqueued"),
            entry => Assert.True(keys[entry.Actor.Id].IsUsableAt(entry.OccurredAt!.Value.AddMinutes(-5)) || keys[entry.Actor.Id].IsUsableAt(entry.OccurredAt!.Value)));
    }

    [Fact]
    public void Published_versions_grow_and_each_differs_from_the_one_before()
    {
        foreach (var type in new[] { "Rule", "Profile" })
        {
            var histories = Acme.Entries.Where(entry => entry.Target.Type == type && entry.Target.Version is not null).GroupBy(entry => entry.Target.Slug).ToList();
            Assert.True(histories.Count(history => history.Count() > 3) > 5);
            foreach (var history in histories)
            {
                var versions = history.Select(entry => Version.Parse(entry.Target.Version!)).ToList();
                Assert.Equal(versions.Order().Distinct(), versions);
            }
        }
    }

    [Fact]
    public void Every_entry_would_be_taken_from_a_producer()
    {
        foreach (var entry in Acme.Entries.Where((_, index) => index % 37 == 0))
        {
            var buffer = new System.Buffers.ArrayBufferWriter<byte>();
            EntryJson.Write(new AuditEntry
            {
                Id = default,
                TenantId = default,
                Sequence = 1,
                OccurredAt = entry.OccurredAt!.Value,
                RecordedAt = Now,
                RecordedBy = "console",
                Content = entry,
                Salt = default,
                Leaf = default,
                PreviousHash = default,
                Hash = default,
            }, buffer);
            var wire = (System.Text.Json.Nodes.JsonObject)System.Text.Json.Nodes.JsonNode.Parse(buffer.WrittenSpan)!;
            foreach (var field in new[] { "id", "tenant_id", "sequence", "recorded_at", "recorded_by", "prev_hash", "hash" })
            {
                wire.Remove(field);
            }
            using var document = System.Text.Json.JsonDocument.Parse(wire.ToJsonString());
            var errors = new List<FieldError>();
            var read = EntryParser.Parse(document.RootElement, "", errors);
            Assert.Empty(errors);
            Assert.Equal(entry.Metadata, read!.Metadata);
        }
    }

    private static DemoWorld Make(DemoScale scale, int seed) => DemoWorld.Make(scale, seed, Now, Now.AddMonths(-24).AddDays(2));

    private static List<string> Texts(DemoWorld world) =>
        [.. world.Entries.Select(entry => $"{entry.OccurredAt:O} {entry.Action} {entry.Actor.Id} {entry.Target.Id} {System.Text.Encoding.UTF8.GetString(EntryText.Details(entry))}"),
            .. world.Keys.Select(key => key.ToString())];

    private static string? Severity(NewEntry entry, string slug)
    {
        using var document = entry.Metadata.Parse();
        var rule = document.RootElement.GetProperty("rules").EnumerateArray().Single(rule => rule.GetProperty("slug").GetString() == slug);
        return rule.TryGetProperty("severity", out var severity) ? severity.GetString() : null;
    }
}
