using AuditConsole.Query;
using AuditConsole.Storage;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.DataProtection;

namespace AuditConsole.Tests.Query;

public sealed class CursorTests
{
    private static readonly Guid Tenant = Guid.Parse("0193f5a0-0000-7000-8000-000000000001");
    private static readonly EntryFilterQuery Filter = EntryFilterQuery.Default("acme", new DateOnly(2026, 11, 22));
    private static readonly Cursor Sample = new(4711, 100, OlderThan: new(DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123), 42));

    private readonly CursorProtector _cursors = new(new EphemeralDataProtectionProvider());

    [Fact]
    public void What_is_written_reads_back_the_same() =>
        Prop.ForAll<(long Snapshot, uint Start, int Seconds, long Sequence, byte Direction)>(place =>
        {
            var position = new EntryPosition(DateTimeOffset.FromUnixTimeMilliseconds(place.Seconds * 1001L), place.Sequence);
            var cursor = (place.Direction % 3) switch
            {
                0 => new Cursor(place.Snapshot, place.Start),
                1 => new Cursor(place.Snapshot, place.Start, OlderThan: position),
                _ => new Cursor(place.Snapshot, place.Start, NewerThan: position),
            };
            return _cursors.Read(_cursors.Protect(cursor, Tenant, Filter), Tenant, Filter) == cursor;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_changed_character_is_noticed()
    {
        var text = _cursors.Protect(Sample, Tenant, Filter);

        Assert.All(Enumerable.Range(0, text.Length - 1), at =>
        {
            var changed = text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..];
            Assert.Null(_cursors.Read(changed, Tenant, Filter));
        });
    }

    [Fact]
    public void A_cursor_of_another_filter_is_none()
    {
        var text = _cursors.Protect(Sample, Tenant, Filter);

        EntryFilterQuery[] others =
        [
            Filter with { From = TimeBound.Of(new DateOnly(2026, 10, 1)) },
            Filter with { To = TimeBound.Of(new DateOnly(2026, 11, 1)) },
            Filter with { EntityType = "Rule" },
            Filter with { Action = "Rule" },
            Filter with { Slug = "Rule" },
            Filter with { Actor = "Rule" },
            Filter with { Ip = "::1" },
        ];
        Assert.All(others, other => Assert.Null(_cursors.Read(text, Tenant, other)));
    }

    [Fact]
    public void A_cursor_of_another_tenant_is_none() =>
        Assert.Null(_cursors.Read(_cursors.Protect(Sample, Tenant, Filter), Guid.NewGuid(), Filter));

    [Fact]
    public void The_tenant_may_stay_unnamed() =>
        Assert.Equal(Sample, _cursors.Read(_cursors.Protect(Sample, Tenant, Filter), Tenant, Filter with { Tenant = null }));

    [Fact]
    public void No_text_throws() =>
        Prop.ForAll<NonNull<string>>(text => _cursors.Read(text.Get, Tenant, Filter) is null).QuickCheckThrowOnFailure();
}
