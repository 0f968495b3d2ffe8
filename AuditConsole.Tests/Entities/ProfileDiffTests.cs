using AuditConsole.Core;
using AuditConsole.Entities;
using FsCheck;
using FsCheck.Fluent;

namespace AuditConsole.Tests.Entities;

public sealed class ProfileDiffTests
{
    [Fact]
    public void Every_kind_of_change_of_a_profile_is_named()
    {
        var diff = Between(
            """
            {"version":"1.4.0","contentHash":"sha256:1","rules":[
              {"slug":"gone","version":"1.0.0"},{"slug":"pinned","version":"1.0.0"},
              {"slug":"severe","version":"1.0.0","severity":"warning"},{"slug":"off","version":"1.0.0"},
              {"slug":"on","version":"1.0.0","disabled":true},{"slug":"tuned","version":"1.0.0","max":40},{"slug":"same","version":"1.0.0"}]}
            """,
            """
            {"version":"1.5.0","contentHash":"sha256:2","rules":[
              {"slug":"same","version":"1.0.0"},{"slug":"new","version":"2.0.0","severity":"error"},{"slug":"pinned","version":"1.1.0"},
              {"slug":"severe","version":"1.0.0","severity":"error"},{"slug":"off","version":"1.0.0","disabled":true},
              {"slug":"on","version":"1.0.0"},{"slug":"tuned","version":"1.0.0","max":60}]}
            """);

        Assert.NotNull(diff);
        Assert.Equal(
            [
                "Added new Stricter", "Pinned pinned Unknown", "Severity severe Stricter", "Disabled off Looser", "Enabled on Stricter",
                "Settings tuned Unknown", "Removed gone Looser",
            ],
            diff.Rules.Select(change => $"{change.Kind} {change.Slug} {change.Effect}"));
        Assert.Equal(["contentHash", "version"], diff.Others.Select(change => change.Path));
    }

    [Theory]
    [InlineData(null, "error", Strictness.Unknown)]
    [InlineData("error", null, Strictness.Unknown)]
    [InlineData("error", "warning", Strictness.Looser)]
    [InlineData("info", "Warning", Strictness.Stricter)]
    [InlineData("loud", "error", Strictness.Unknown)]
    public void A_severity_override_says_stricter_only_where_both_severities_are_known(string? old, string? @new, Strictness expected) =>
        Assert.Equal(expected, new RuleChange(RuleChangeKind.Severity, Rule(old), Rule(@new)).Effect);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"rules":null}""")]
    [InlineData("""{"rules":{"a":1}}""")]
    [InlineData("""{"rules":["no-async-void"]}""")]
    [InlineData("""{"rules":[{"version":"1.0.0"}]}""")]
    [InlineData("""{"rules":[{"slug":7}]}""")]
    [InlineData("""{"rules":[{"slug":"a","version":1}]}""")]
    [InlineData("""{"rules":[{"slug":"a","severity":["error"]}]}""")]
    [InlineData("""{"rules":[{"slug":"a","disabled":"yes"}]}""")]
    [InlineData("""{"rules":[{"slug":"a"},{"slug":"a","version":"2"}]}""")]
    public void A_payload_that_does_not_follow_the_convention_is_left_to_the_structural_diff(string payload)
    {
        var good = PayloadDiffTests.Parse("""{"rules":[{"slug":"a","version":"1.0.0"}]}""");

        Assert.Null(ProfileDiff.Between(good, PayloadDiffTests.Parse(payload)));
        Assert.Null(ProfileDiff.Between(PayloadDiffTests.Parse(payload), good));
        Assert.NotEmpty(PayloadDiff.Between(good, PayloadDiffTests.Parse(payload)));
    }

    [Fact]
    public void No_payload_makes_it_throw() =>
        Prop.ForAll(JsonGenerators.Edited.ToArbitrary(), pair =>
        {
            ProfileDiff.Between(pair.Old, pair.New);
            ProfileDiff.Between(pair.New, pair.Old);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Equal_profiles_have_no_differences() =>
        Prop.ForAll(JsonGenerators.Profile.ToArbitrary(), profile =>
            ProfileDiff.Between(profile, profile) is { Rules: [], Others: [] }).QuickCheckThrowOnFailure();

    [Fact]
    public void Applying_the_differences_to_the_old_rules_gives_the_new_ones() =>
        Prop.ForAll(
            (from old in JsonGenerators.Profile from @new in JsonGenerators.Profile select (old, @new)).ToArbitrary(),
            pair =>
            {
                var rules = ProfileDiff.ReadRules(pair.old)!.ToDictionary(rule => rule.Slug);
                foreach (var change in ProfileDiff.Between(pair.old, pair.@new)!.Rules)
                {
                    Apply(rules, change);
                }
                Assert.Equal(ProfileDiff.ReadRules(pair.@new)!.OrderBy(rule => rule.Slug), rules.Values.OrderBy(rule => rule.Slug));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static void Apply(Dictionary<string, ProfileRule> rules, RuleChange change)
    {
        switch (change.Kind)
        {
            case RuleChangeKind.Added:
                rules.Add(change.Slug, change.New!);
                break;
            case RuleChangeKind.Removed:
                rules.Remove(change.Slug);
                break;
            case RuleChangeKind.Pinned:
                rules[change.Slug] = rules[change.Slug] with { Version = change.New!.Version };
                break;
            case RuleChangeKind.Severity:
                rules[change.Slug] = rules[change.Slug] with { Severity = change.New!.Severity };
                break;
            case RuleChangeKind.Disabled or RuleChangeKind.Enabled:
                rules[change.Slug] = rules[change.Slug] with { Disabled = change.Kind == RuleChangeKind.Disabled };
                break;
            default:
                rules[change.Slug] = rules[change.Slug] with { Settings = change.New!.Settings };
                break;
        }
    }

    private static ProfileDiff? Between(string old, string @new) => ProfileDiff.Between(PayloadDiffTests.Parse(old), PayloadDiffTests.Parse(@new));

    private static ProfileRule Rule(string? severity) => new("r", "1.0.0", severity, false, CanonicalObject.Empty);
}
