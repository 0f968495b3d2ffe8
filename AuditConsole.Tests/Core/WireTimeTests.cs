using System.Globalization;
using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

public sealed class WireTimeTests
{
    [Theory]
    [InlineData("2026-11-21T16:42:07Z", "2026-11-21T16:42:07.000Z")]
    [InlineData("2026-11-21T16:42:07.3Z", "2026-11-21T16:42:07.300Z")]
    [InlineData("2026-11-21T16:42:07.318Z", "2026-11-21T16:42:07.318Z")]
    [InlineData("2026-11-21T16:42:07.318999999Z", "2026-11-21T16:42:07.318Z")]
    [InlineData("2026-11-21T16:42:07.31899999999999999999999999Z", "2026-11-21T16:42:07.318Z")]
    [InlineData("2026-11-21T16:42:07.0009+00:00", "2026-11-21T16:42:07.000Z")]
    [InlineData("2026-11-21t16:42:07z", "2026-11-21T16:42:07.000Z")]
    [InlineData("2026-11-21T16:42:07z", "2026-11-21T16:42:07.000Z")]
    [InlineData("2026-11-21t16:42:07+01:00", "2026-11-21T15:42:07.000Z")]
    [InlineData("2026-11-21T23:59:59.999-05:30", "2026-11-22T05:29:59.999Z")]
    [InlineData("2026-11-21T16:42:07-00:00", "2026-11-21T16:42:07.000Z")]
    [InlineData("2026-11-21T16:42:07+23:59", "2026-11-20T16:43:07.000Z")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z")]
    [InlineData("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z")]
    [InlineData("1752-01-01T00:00:00.0019Z", "1752-01-01T00:00:00.001Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z")]
    public void An_RFC_3339_time_is_read_and_cut_to_milliseconds(string text, string wire)
    {
        Assert.True(WireTime.TryParse(text, out var time));
        Assert.Equal(wire, WireTime.Format(time));
        Assert.Equal(TimeSpan.Zero, time.Offset);
        Assert.Equal(time, WireTime.Truncate(time));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-21")]
    [InlineData("2026-11-21T16:42Z")]
    [InlineData("2026-11-21T16:42:07")]
    [InlineData("2026-11-21T16:42:07.318")]
    [InlineData("2026-11-21 16:42:07Z")]
    [InlineData(" 2026-11-21T16:42:07Z")]
    [InlineData("2026-11-21T16:42:07Z ")]
    [InlineData("2026-11-21T16:42:07ZZ")]
    [InlineData("2026-11-21T16:42:07.Z")]
    [InlineData("2026-11-21T16:42:07,3Z")]
    [InlineData("2026-11-21T16:42:07.3.1Z")]
    [InlineData("2026-11-21T16:42:07.3")]
    [InlineData("2026-11-21T16:42:07+0100")]
    [InlineData("2026-11-21T16:42:07+01")]
    [InlineData("2026-11-21T16:42:07+1:00")]
    [InlineData("2026-11-21T16:42:07+01:60")]
    [InlineData("2026-11-21T16:42:07+24:00")]
    [InlineData("2026-11-21T16:42:07 +01:00")]
    [InlineData("2026-11-21T16:42:07\u221201:00")]
    [InlineData("2026-11-21T24:00:00Z")]
    [InlineData("2026-11-21T16:60:00Z")]
    [InlineData("2026-11-21T23:59:60Z")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-1-1T00:00:00Z")]
    [InlineData("+002026-01-01T00:00:00Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("\u0662\u0660\u0662\u0666-11-21T16:42:07Z")]
    [InlineData("0001-01-01T00:00:00+00:01")]
    [InlineData("9999-12-31T23:59:59-00:01")]
    [InlineData("1780000000000")]
    public void What_is_no_RFC_3339_time_is_refused(string text) => Assert.False(WireTime.TryParse(text, out _));

    [Fact]
    public void Every_millisecond_survives_the_wire() => Property.Holds(seed =>
    {
        var random = new Random(seed);
        var time = DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(-62135596800000, 253402300799999 + 1));
        var offset = TimeSpan.FromMinutes(random.Next(-14 * 60, 14 * 60 + 1));
        if (time.UtcTicks + offset.Ticks < 0 || time.UtcTicks + offset.Ticks > DateTime.MaxValue.Ticks)
        {
            return true;
        }
        var elsewhere = time.ToOffset(offset).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture);
        return WireTime.Format(time).Length == WireTime.Length
            && WireTime.TryParse(WireTime.Format(time), out var read) && read == time
            && WireTime.TryParse(elsewhere, out var moved) && moved == time;
    });

    [Fact]
    public void What_is_finer_than_a_millisecond_is_cut_towards_the_past_on_both_sides_of_1970()
    {
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(-1), WireTime.Truncate(DateTimeOffset.UnixEpoch.AddTicks(-1)));
        Assert.Equal(DateTimeOffset.UnixEpoch, WireTime.Truncate(DateTimeOffset.UnixEpoch.AddTicks(9999)));
    }
}
