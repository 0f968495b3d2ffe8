using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using AuditConsole.Core;

namespace AuditConsole.Query;

/// <summary>An end of a range of time, as people and programs give it: a UTC day, or an instant.</summary>
public readonly record struct TimeBound
{
    private const string DayPattern = "yyyy-MM-dd";

    private readonly DateTimeOffset _start;

    private TimeBound(DateTimeOffset start, bool isDay) => (_start, IsDay) = (start, isDay);

    /// <summary>Whether a whole day is meant.</summary>
    public bool IsDay { get; }

    /// <summary>As the beginning of a range: the day's first instant, or the instant.</summary>
    public DateTimeOffset Start => _start;

    /// <summary>As the end of a range, the first instant that isn't meant any more: the next day's, or the instant.</summary>
    public DateTimeOffset End => !IsDay ? _start : Day == DateOnly.MaxValue ? DateTimeOffset.MaxValue : _start.AddDays(1);

    /// <summary>The UTC day it is or falls on.</summary>
    public DateOnly Day => DateOnly.FromDateTime(_start.UtcDateTime);

    /// <summary>A whole UTC day.</summary>
    public static TimeBound Of(DateOnly day) => new(new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero), isDay: true);

    /// <summary>An instant; what is finer than a millisecond is cut.</summary>
    public static TimeBound Of(DateTimeOffset instant) => new(WireTime.Truncate(instant).ToUniversalTime(), isDay: false);

    /// <summary>Reads <c>2026-11-21</c>, or an RFC 3339 instant as <c>2026-11-21T16:42:07.318Z</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeBound bound)
    {
        if (DateOnly.TryParseExact(text, DayPattern, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            bound = Of(day);
            return true;
        }
        if (text is not null && WireTime.TryParse(text, out var instant))
        {
            bound = Of(instant);
            return true;
        }
        bound = default;
        return false;
    }

    /// <summary>What <see cref="TryParse"/> reads.</summary>
    public override string ToString() =>
        IsDay ? Day.ToString(DayPattern, CultureInfo.InvariantCulture) : WireTime.Format(_start);
}
