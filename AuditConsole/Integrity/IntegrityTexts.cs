using System.Globalization;

namespace AuditConsole.Integrity;

/// <summary>What the badge and the page say in words.</summary>
internal static class IntegrityTexts
{
    /// <summary>A number with its thousands parted.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>How long ago something was, in its largest unit.</summary>
    public static string Ago(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => "just now",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes} min ago",
        { TotalDays: < 1 } => $"{(int)time.TotalHours} h ago",
        { TotalDays: < 2 } => "1 day ago",
        _ => $"{(int)time.TotalDays} days ago",
    };

    /// <summary>How long something took.</summary>
    public static string Took(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds) switch
    {
        { TotalSeconds: < 1 } => "less than a second",
        { TotalMinutes: < 1 } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } time => $"{time.Minutes} min {time.Seconds} s",
        var time => $"{(int)time.TotalHours} h {time.Minutes} min",
    };

    /// <summary>The beginning and the end of a hash.</summary>
    public static string Short(string hash) => hash.Length > 16 ? $"{hash[..8]}…{hash[^6..]}" : hash;
}
