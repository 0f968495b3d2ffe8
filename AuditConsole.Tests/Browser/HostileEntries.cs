using System.Net;
using AuditConsole.Core;

namespace AuditConsole.Tests.Browser;

/// <summary>Entries whose texts want to be more than text.</summary>
public static class HostileEntries
{
    public const string Script = "<script>window.hacked = 1</script><img src=x onerror=\"window.hacked = 1\">";

    public const string Bidi = "safe\u202Egnp.exe\u202C\u200B";

    public static IReadOnlyList<NewEntry> All(DateTimeOffset now) =>
    [
        new()
        {
            OccurredAt = now.AddMinutes(-3),
            Actor = new Actor("api_key", "key_" + Bidi, Script),
            Action = Script,
            Target = new Resource("Profile" + Bidi, "id", Script, "1.0.0" + Bidi, Name: Bidi),
            Targets = [new Resource("Rule", "a/b?c#d", "../" + Bidi), new Resource("Rule", ".")],
            EngineVersion = "3.2.0\u200B",
            Ip = IPAddress.Parse("2001:db8::1"),
            Location = Script,
            UserAgent = Bidi + Script,
            Reasoning = Script + "\n" + Bidi,
            Metadata = CanonicalObject.From(new Dictionary<string, object> { [Script] = Bidi, ["\u202E"] = Script, ["a"] = new[] { "\u0007" } }),
        },
        new()
        {
            OccurredAt = now.AddMinutes(-2),
            Actor = new Actor("user", new string('u', 256)),
            Action = new string('A', 128),
            Target = new Resource(new string('T', 256), "id", new string('s', 256), new string('9', 256)),
            EngineVersion = new string('e', 256),
            UserAgent = new string('x', 1024),
            Reasoning = new string('r', 2000),
            Metadata = CanonicalObject.From(new { text = new string('m', 60_000) }),
        },
        new()
        {
            OccurredAt = now.AddMinutes(-1),
            Actor = new Actor("user", "مستخدم"),
            Action = "workspace.member.role_changed",
            Target = new Resource("Member", "عضو-1", "עברית"),
            Metadata = CanonicalObject.From(new { items = Enumerable.Range(0, 4000).Select(number => new { number }).ToArray() }),
        },
    ];
}
