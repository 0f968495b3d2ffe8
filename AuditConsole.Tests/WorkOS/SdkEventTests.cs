using AuditConsole.Core;

namespace AuditConsole.Tests.WorkOS;

/// <summary>Events as the official SDK sends them.</summary>
[Collection(WorkOSTests.Name)]
public sealed class SdkEventTests(WorkOSFixture fixture)
{
    private static readonly DateTimeOffset At = DateTimeOffset.UtcNow.AddMinutes(-3);

    [Fact]
    public async Task An_sentof_the_SDK_stands_in_the_log_with_all_that_it_said()
    {
        var organization = await fixture.NewAsync();

        var answer = (await organization.CallAsync("auditLogs.createEvent", [organization.Id, Event()])).Done();

        Assert.Equal(200, Assert.Single(answer.Raw).Status);
        var entry = Assert.Single(await organization.EntriesAsync());
        var content = entry.Content;
        Assert.Equal("user.signed_in", content.Action);
        Assert.Equal(WireTime.Truncate(At), entry.OccurredAt);
        Assert.Equal(new Actor("user", "user_1", "Jon Smith", CanonicalObject.From(new { role = "admin", seats = 3, active = true })), content.Actor);
        Assert.Equal(new Resource("team", "team_1", Name: "Blue", Metadata: CanonicalObject.From(new { owner = "user_2" })), content.Target);
        Assert.Equal([new Resource("user", "user_2")], content.Targets);
        Assert.Equal("203.0.113.7", content.Ip?.ToString());
        Assert.Null(content.Location);
        Assert.Equal("Chrome/104.0.0.0", content.UserAgent);
        Assert.Equal(2, content.SchemaVersion);
        Assert.Equal(CanonicalObject.From(new { method = "password" }), content.Metadata);
        Assert.StartsWith("key:", entry.RecordedBy, StringComparison.Ordinal);
    }

    internal static Dictionary<string, object?> Event(string location = "203.0.113.7", string action = "user.signed_in", string actorId = "user_1") => new()
    {
        ["action"] = action,
        ["occurredAt"] = WorkOSSdk.Date(At),
        ["version"] = 2,
        ["actor"] = new { id = actorId, type = "user", name = "Jon Smith", metadata = new { role = "admin", seats = 3, active = true } },
        ["targets"] = new object[] { new { id = "team_1", type = "team", name = "Blue", metadata = new { owner = "user_2" } }, new { id = "user_2", type = "user" } },
        ["context"] = new { location, userAgent = "Chrome/104.0.0.0" },
        ["metadata"] = new { method = "password" },
    };
}
