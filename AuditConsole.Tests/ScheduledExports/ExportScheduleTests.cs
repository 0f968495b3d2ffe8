using AuditConsole.ScheduledExports;

namespace AuditConsole.Tests.ScheduledExports;

public sealed class ExportScheduleTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia"];

    [Theory]
    [InlineData("daily 06:00", "UTC", "2026-11-02T06:00:00Z", "2026-11-03T06:00:00Z")]
    [InlineData("DAILY  6:00", "Europe/Berlin", "2026-11-02T00:00:00Z", "2026-11-02T05:00:00Z")]
    [InlineData("weekly mon 23:30", "America/New_York", "2026-11-02T00:00:00Z", "2026-11-03T04:30:00Z")]
    [InlineData("monthly 31 06:00", "UTC", "2027-02-01T00:00:00Z", "2027-02-28T06:00:00Z")]
    [InlineData("monthly 31 06:00", "UTC", "2027-04-01T00:00:00Z", "2027-04-30T06:00:00Z")]
    [InlineData("monthly 30 06:00", "UTC", "2028-02-01T00:00:00Z", "2028-02-29T06:00:00Z")]
    [InlineData("monthly 29 06:00", "UTC", "2027-02-01T00:00:00Z", "2027-02-28T06:00:00Z")]
    [InlineData("cron 0 6 * * 1-5", "UTC", "2026-11-06T07:00:00Z", "2026-11-09T06:00:00Z")]
    // The clocks skip 02:30 in Berlin on 28 March 2027: it comes at the next instant, 03:00 in summer time.
    [InlineData("daily 02:30", "Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z")]
    // They repeat it on 31 October 2027: it comes once.
    [InlineData("daily 02:30", "Europe/Berlin", "2027-10-30T12:00:00Z", "2027-10-31T00:30:00Z")]
    [InlineData("daily 02:30", "Europe/Berlin", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z")]
    public void The_next_due_time_is_that_of_the_zone(string text, string zone, string after, string next) =>
        Assert.Equal(Time(next), ExportSchedule.Parse(text, zone).After(Time(after)));

    [Theory]
    [InlineData("")]
    [InlineData("hourly")]
    [InlineData("daily 25:00")]
    [InlineData("daily")]
    [InlineData("weekly someday 06:00")]
    [InlineData("monthly 0 06:00")]
    [InlineData("monthly 32 06:00")]
    [InlineData("cron * * * *")]
    [InlineData("cron * * * * * *")]
    [InlineData("cron 61 * * * *")]
    [InlineData("cron 0 0 31 2 *")]
    public void What_is_no_schedule_is_refused_with_a_sentence(string text)
    {
        Assert.False(ExportSchedule.TryParse(text, TimeZoneInfo.Utc, out _, out var problem));
        Assert.EndsWith(".", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CET+1")]
    [InlineData("W. Europe Standard Time")]
    [InlineData("Europe/Nowhere")]
    public void Zones_have_IANA_names(string name) => Assert.False(ExportSchedule.TryFindZone(name, out _));

    [Fact]
    public void Over_years_of_changing_clocks_due_times_are_those_of_a_plain_search()
    {
        var random = new Random(7);
        for (var round = 0; round < 60; round++)
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(Zones[random.Next(Zones.Length)]);
            var (hour, minute, day) = (random.Next(24), random.Next(60), random.Next(1, 32));
            var (text, isDay) = random.Next(3) switch
            {
                0 => ($"daily {hour:00}:{minute:00}", (Func<DateTime, bool>)(_ => true)),
                1 => ($"weekly {(DayOfWeek)(day % 7)} {hour:00}:{minute:00}", date => (int)date.DayOfWeek == day % 7),
                _ => ($"monthly {day} {hour:00}:{minute:00}", date => date.Day == Math.Min(day, DateTime.DaysInMonth(date.Year, date.Month))),
            };
            var (start, end) = (Time("2026-01-01T00:00:00Z").AddDays(random.Next(700)), default(DateTimeOffset));
            end = start.AddDays(400);
            var schedule = ExportSchedule.Parse(text, zone.Id);
            Assert.True(Search(zone, start, end, hour, minute, isDay).SequenceEqual(schedule.Between(schedule.After(start)!.Value, end)), $"{text} {zone.Id} from {start:O}");
        }
    }

    /// <summary>Day by day: the first instant of that local time; where the clocks skip it, the first one behind the gap.</summary>
    private static IEnumerable<DateTimeOffset> Search(TimeZoneInfo zone, DateTimeOffset start, DateTimeOffset end, int hour, int minute, Func<DateTime, bool> isDay)
    {
        for (var date = start.UtcDateTime.Date.AddDays(-2); date <= end.UtcDateTime.Date.AddDays(2); date = date.AddDays(1))
        {
            if (!isDay(date))
            {
                continue;
            }
            var local = DateTime.SpecifyKind(date.AddHours(hour).AddMinutes(minute), DateTimeKind.Unspecified);
            while (zone.IsInvalidTime(local))
            {
                local = local.AddMinutes(1);
            }
            var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
            var due = new DateTimeOffset(local, offset).ToUniversalTime();
            if (due > start && due <= end)
            {
                yield return due;
            }
        }
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
