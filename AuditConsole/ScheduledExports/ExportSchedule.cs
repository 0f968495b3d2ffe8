using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Cronos;

namespace AuditConsole.ScheduledExports;

/// <summary>
/// When an export is due, in a time zone: <c>daily 06:00</c>, <c>weekly monday 06:00</c>, <c>monthly 1 06:00</c>, or a cron
/// expression of five fields, <c>cron 0 6 * * 1-5</c>. A month without the day has its last one instead, so 31 is the
/// last day of each month. A local time that the clocks skip comes at the next instant, one that they repeat comes once;
/// a cron expression with * or a range in minutes or hours means intervals, and goes on in both.
/// </summary>
public sealed class ExportSchedule
{
    /// <summary>What can be written, for people.</summary>
    public const string Rule = "Write daily 06:00, weekly monday 06:00, monthly 1 06:00 (31 is the last day), or cron and an expression of five fields, as cron 0 6 * * 1-5.";

    private const int MaxLength = 200;

    private static readonly string[] Days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    private readonly string _text;
    private readonly CronExpression[] _expressions;
    private readonly TimeZoneInfo _zone;

    private ExportSchedule(string text, string words, TimeZoneInfo zone, params string[] expressions)
    {
        (_text, Words, _zone) = (text, words, zone);
        _expressions = [.. expressions.Select(expression => CronExpression.Parse(expression))];
    }

    /// <summary>It for people, without the zone: <c>Every Monday at 06:00</c>.</summary>
    public string Words { get; }

    /// <summary>The zone's IANA name.</summary>
    public string ZoneName => _zone.Id;

    /// <summary>A time zone by its IANA name.</summary>
    public static bool TryFindZone(string name, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = null;
        return name.Length is > 0 and <= 64 && (name == "UTC" || name.Contains('/', StringComparison.Ordinal)) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone) && zone.HasIanaId;
    }

    /// <summary>Reads a schedule.</summary>
    /// <param name="text">As above; capitals and blanks don't matter.</param>
    /// <param name="zone">In whose local time.</param>
    /// <param name="schedule">What was read.</param>
    /// <param name="problem">What is wrong, a sentence.</param>
    public static bool TryParse(string text, TimeZoneInfo zone, [NotNullWhen(true)] out ExportSchedule? schedule, [NotNullWhen(false)] out string? problem)
    {
        (schedule, problem) = (null, Rule);
        var refusal = Rule;
        var words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words is ["cron"])
        {
            problem = "Write five fields: minute, hour, day of month, month, day of week, as 0 6 * * 1-5 for 06:00 from Monday to Friday.";
            return false;
        }
        if (text.Length > MaxLength || words.Length < 2)
        {
            return false;
        }
        schedule = words switch
        {
            ["daily", var at] when IsTime(at, out var time) => new($"daily {time}", $"Every day at {time}", zone, $"{Cron(time)} * * *"),
            ["weekly", var name, var at] when IsTime(at, out var time) && FindDay(name) is { } day =>
                new($"weekly {Days[day]} {time}", $"Every {CultureInfo.InvariantCulture.TextInfo.ToTitleCase(Days[day])} at {time}", zone, $"{Cron(time)} * * {day}"),
            ["monthly", var number, var at] when IsTime(at, out var time) && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var day) && day is >= 1 and <= 31 =>
                new($"monthly {day} {time}", $"{WordsOf(day)} at {time}", zone, Monthly(day, Cron(time))),
            ["cron", .. var fields] => Read(string.Join(' ', fields), zone, ref refusal),
            _ => null,
        };
        if (schedule is null)
        {
            problem = refusal;
            return false;
        }
        problem = null;
        return true;
    }

    /// <summary>A schedule that was read before.</summary>
    /// <exception cref="FormatException">The zone isn't known to this system, or the schedule can't be read.</exception>
    public static ExportSchedule Parse(string text, string zone) =>
        !TryFindZone(zone, out var found) ? throw new FormatException($"This system doesn't know the time zone {zone}.")
        : TryParse(text, found, out var schedule, out var problem) ? schedule : throw new FormatException(problem);

    /// <summary>The first due instant behind a time, UTC; null where none comes any more.</summary>
    public DateTimeOffset? After(DateTimeOffset time)
    {
        DateTimeOffset? first = null;
        foreach (var expression in _expressions)
        {
            var next = expression.GetNextOccurrence(time.UtcDateTime, _zone);
            if (next is { } found && (first is null || found < first.Value.UtcDateTime))
            {
                first = new DateTimeOffset(DateTime.SpecifyKind(found, DateTimeKind.Utc));
            }
        }
        return first;
    }

    /// <summary>The due instants from one on, up to and with a time.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset first, DateTimeOffset last)
    {
        for (DateTimeOffset? due = first; due <= last; due = After(due.Value))
        {
            yield return due.Value;
        }
    }

    /// <summary>What <see cref="TryParse"/> reads.</summary>
    public override string ToString() => _text;

    private static ExportSchedule? Read(string expression, TimeZoneInfo zone, ref string problem)
    {
        try
        {
            var schedule = new ExportSchedule($"cron {expression}", $"Cron {expression}", zone, expression);
            if (expression.Split(' ').Length == 5 && schedule.After(DateTimeOffset.UnixEpoch) is not null)
            {
                return schedule;
            }
            problem = "This time never comes: there is no such day.";
        }
        catch (CronFormatException fault)
        {
            problem = $"That is no cron expression of five fields (minute, hour, day of month, month, day of week): {fault.Message}";
        }
        return null;
    }

    private static string[] Monthly(int day, string at) => day switch
    {
        31 => [$"{at} L * *"],
        30 => [$"{at} 30 1,3-12 *", $"{at} L 2 *"],
        29 => [$"{at} 29 1,3-12 *", $"{at} L 2 *"],
        _ => [$"{at} {day} * *"],
    };

    private static string WordsOf(int day) => day switch
    {
        31 => "On the last day of each month",
        29 or 30 => $"On day {day} of each month (the last of February)",
        _ => $"On day {day} of each month",
    };

    private static bool IsTime(string text, out string time)
    {
        var isTime = TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var read);
        time = read.ToString("HH:mm", CultureInfo.InvariantCulture);
        return isTime;
    }

    private static int? FindDay(string name) =>
        name.Length >= 3 && Array.FindIndex(Days, day => day.StartsWith(name, StringComparison.Ordinal)) is >= 0 and var day ? day : null;

    private static string Cron(string time) => string.Create(
        CultureInfo.InvariantCulture, $"{int.Parse(time.AsSpan(3), CultureInfo.InvariantCulture)} {int.Parse(time.AsSpan(0, 2), CultureInfo.InvariantCulture)}");
}
