namespace AuditConsole.Demo;

/// <summary>When things happen: a company that grows, works on weekdays in European office hours, and rests at the turn of the year.</summary>
internal sealed class DemoCalendar
{
    private readonly DemoRandom _random;
    private readonly double[] _workUpTo;

    public DemoCalendar(DemoRandom random, DateTimeOffset start, DateTimeOffset now)
    {
        _random = random;
        (Start, Now) = (start, now);
        var day = new DateTimeOffset(start.UtcDateTime.Date, TimeSpan.Zero);
        FirstDay = day;
        var work = new List<double>();
        for (var total = 0.0; day <= now; day = day.AddDays(1))
        {
            total += Weight(day) * (0.6 + 0.9 * ((day - start) / (now - start)));
            work.Add(total);
        }
        _workUpTo = [.. work];
    }

    /// <summary>The first instant of the log.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>The end of the log.</summary>
    public DateTimeOffset Now { get; }

    private DateTimeOffset FirstDay { get; }

    /// <summary>The beginning of a UTC day; 0 is today.</summary>
    public DateTimeOffset DaysAgo(int days) => new DateTimeOffset(Now.UtcDateTime.Date, TimeSpan.Zero).AddDays(-days);

    /// <summary>The instant at a part of the whole time, moved to office hours.</summary>
    public DateTimeOffset At(double fraction) => OfficeHours(Start + (Now - Start) * fraction);

    /// <summary>When somebody works, anywhere in the two years.</summary>
    public DateTimeOffset AnyWork()
    {
        while (true)
        {
            var mark = _random.Fraction() * _workUpTo[^1];
            var index = Array.BinarySearch(_workUpTo, mark);
            var time = FirstDay.AddDays(index < 0 ? ~index : index) + OfficeTime();
            if (time > Start && time < Now)
            {
                return time;
            }
        }
    }

    /// <summary>When the nightly builds run, anywhere in the two years.</summary>
    public DateTimeOffset AnyNight()
    {
        while (true)
        {
            var time = FirstDay.AddDays(_random.Next(0, _workUpTo.Length)) + _random.Between(TimeSpan.FromHours(1.9), TimeSpan.FromHours(3.6));
            if (time > Start && time < Now)
            {
                return Cut(time);
            }
        }
    }

    /// <summary>Somebody's next working moment, about that long after <paramref name="time"/>.</summary>
    public DateTimeOffset After(DateTimeOffset time, TimeSpan least, TimeSpan most) => OfficeHours(time + _random.Between(least, most), time);

    private DateTimeOffset OfficeHours(DateTimeOffset time, DateTimeOffset? notBefore = null)
    {
        var day = new DateTimeOffset(time.UtcDateTime.Date, TimeSpan.Zero);
        while (day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday)
        {
            day = day.AddDays(1);
        }
        if (notBefore is { } earlier && day.Date == earlier.UtcDateTime.Date)
        {
            return Cut(time);
        }
        return day + OfficeTime();
    }

    // Two humps: before and after lunch.
    private TimeSpan OfficeTime()
    {
        var hump = _random.Chance(0.48) ? 9.4 : 14.1;
        var spread = _random.Fraction() + _random.Fraction() + _random.Fraction() - 1.5;
        return Cut(TimeSpan.FromHours(Math.Clamp(hump + spread * 3.2, 5.5, 20.5)));
    }

    private static TimeSpan Cut(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Floor(time.TotalMilliseconds));

    private static DateTimeOffset Cut(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private static double Weight(DateTimeOffset day) => day switch
    {
        { Month: 12, Day: >= 23 } or { Month: 1, Day: <= 2 } => 0.1,
        { DayOfWeek: DayOfWeek.Saturday } => 0.10,
        { DayOfWeek: DayOfWeek.Sunday } => 0.07,
        { Month: 8 } => 0.65,
        { DayOfWeek: DayOfWeek.Friday } => 0.85,
        _ => 1,
    };
}
