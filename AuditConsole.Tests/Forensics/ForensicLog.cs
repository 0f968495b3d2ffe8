using AuditConsole.Core;

namespace AuditConsole.Tests.Forensics;

/// <summary>A small log that holds the answers to the four questions, among entries that don't matter to them.</summary>
internal static class ForensicLog
{
    public static IEnumerable<NewEntry> Entries(DateTimeOffset today) => Unordered(today).OrderBy(entry => entry.OccurredAt);

    private static IEnumerable<NewEntry> Unordered(DateTimeOffset today)
    {
        yield return Profile("ProfileCreated", "backend-standards", null, -90, 9, User("usr_41"), new { name = "Backend standards" });
        yield return Profile("ProfilePublished", "backend-standards", "1.4.0", -12, 10, User("usr_41"), new
        {
            version = "1.4.0",
            rules = new object[]
            {
                new { slug = "max-method-length", version = "1.0.2" }, new { slug = "no-async-void", version = "2.0.0", severity = "warning" },
                new { slug = "no-regions", version = "1.0.0" }, new { slug = "use-nullable", version = "1.3.0", severity = "error" },
            },
            contentHash = "sha256:1111",
        });
        yield return Profile("ProfilePublished", "backend-standards", "1.5.0", -1, 16, Key("key_7", "acme-web-ci"), new
        {
            version = "1.5.0",
            rules = new object[]
            {
                new { slug = "max-method-length", version = "1.0.3" }, new { slug = "no-async-void", version = "2.1.0", severity = "error" },
                new { slug = "no-sync-io", version = "1.0.0", severity = "warning" },
                new { slug = "use-nullable", version = "1.3.0", severity = "error", disabled = true },
            },
            contentHash = "sha256:2222",
        });
        yield return Profile("ProfilePublished", "frontend-standards", "3.0.1", -1, 8, User("usr_7"), new { version = "3.0.1", rules = Array.Empty<object>() });
        yield return Profile("ProfileDrafted", "backend-standards", null, -1, 15, User("usr_41"), new { });
        yield return Rule("2.0.0", -40, User("usr_41"), "warning");
        yield return Rule("2.1.0", -1, User("usr_5"), "error");
        yield return Entry("ApiKeyCreated", new Resource("ApiKey", "key_3", "staging-ci"), -20, 11, User("usr_41"), new { name = "staging-ci" });
        yield return Entry("ApiKeyRevoked", new Resource("ApiKey", "key_3", "staging-ci"), -1, 11, User("usr_7"), new { reason = "leaked" });
        yield return Entry("ApiKeyCreated", new Resource("ApiKey", "key_4", "nightly"), -2, 11, User("usr_9"), new { name = "nightly" });
        for (var job = 0; job < 6; job++)
        {
            var target = new Resource("SpecJob", $"job_{job}", job == 4 ? "no-sync-io" : "no-async-void");
            yield return Entry("SpecJobEnqueued", target, -3 - job, 12, Key("key_4", "nightly"), new { job }) with
            {
                EngineVersion = job % 2 == 0 ? "3.2.0" : "3.1.4",
            };
        }

        NewEntry Profile(string action, string slug, string? version, int day, int hour, Actor by, object payload) =>
            Entry(action, new Resource("Profile", "prf_" + slug.Length, slug, version), day, hour, by, payload);

        NewEntry Rule(string version, int day, Actor by, string severity) => Entry(
            "RulePublished", new Resource("Rule", "rul_1", "no-async-void", version), day, 9, by,
            new { version, severity, pattern = "async void", description = "Async methods return a task." });

        NewEntry Entry(string action, Resource target, int day, int hour, Actor by, object payload) => new()
        {
            OccurredAt = today.AddDays(day).AddHours(hour).AddMinutes(42),
            Actor = by,
            Action = action,
            Target = target,
            Metadata = CanonicalObject.From(payload),
        };

        static Actor User(string id) => new("user", id);

        static Actor Key(string id, string name) => new(Actor.ApiKeyType, id, name);
    }
}
