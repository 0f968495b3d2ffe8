using System.Globalization;
using AuditConsole.Query;

namespace AuditConsole.Tests.Query;

public sealed class TimeBoundTests
{
    [Fact]
    public void A_day_means_all_of_it()
    {
        Assert.True(TimeBound.TryParse("2026-11-21", out var day));

        Assert.True(day.IsDay);
        Assert.Equal(Instant("2026-11-21T00:00:00.000Z"), day.Start);
        Assert.Equal(Instant("2026-11-22T00:00:00.000Z"), day.End);
        Assert.Equal("2026-11-21", day.ToString());
    }

    [Theory]
    [InlineData("2026-11-21T16:42:07.318Z", "2026-11-21T16:42:07.318Z")]
    [InlineData("2026-11-21T16:42:07+01:00", "2026-11-21T15:42:07.000Z")]
    [InlineData("2026-11-21T16:42:07.3189Z", "2026-11-21T16:42:07.318Z")]
    public void An_instant_means_itself_at_both_ends(string text, string wire)
    {
        Assert.True(TimeBound.TryParse(text, out var instant));

        Assert.False(instant.IsDay);
        Assert.Equal(Instant(wire), instant.Start);
        Assert.Equal(instant.Start, instant.End);
        Assert.Equal(wire, instant.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2026-02-30")]
    [InlineData("2026-1-2")]
    [InlineData("21.11.2026")]
    [InlineData("2026-11-21T25:00:00Z")]
    public void What_is_no_date_is_refused(string text) => Assert.False(TimeBound.TryParse(text, out _));

    [Theory]
    [InlineData("0001-01-01")]
    [InlineData("9999-12-31")]
    public void The_ends_of_the_calendar_hold(string text)
    {
        Assert.True(TimeBound.TryParse(text, out var day));

        Assert.True(day.End > day.Start);
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
