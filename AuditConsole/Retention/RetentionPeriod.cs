using System.Globalization;

namespace AuditConsole.Retention;

/// <summary>How long entries live: a number of calendar months (the service's setting) or of days (a tenant's own).</summary>
public readonly record struct RetentionPeriod
{
    private RetentionPeriod(int months, int days) => (Months, Days) = (months, days);

    /// <summary>Calendar months; 0 where the period is in days.</summary>
    public int Months { get; }

    /// <summary>Days; 0 where the period is in months.</summary>
    public int Days { get; }

    /// <summary>A period in months, from 1 to 1,200.</summary>
    public static RetentionPeriod OfMonths(int months) =>
        months is >= 1 and <= 1200 ? new(months, 0) : throw new ArgumentOutOfRangeException(nameof(months), "Retention is 1 to 1,200 months.");

    /// <summary>A period in days, from 1 to 36,500.</summary>
    public static RetentionPeriod OfDays(int days) =>
        days is >= 1 and <= 36_500 ? new(0, days) : throw new ArgumentOutOfRangeException(nameof(days), "Retention is 1 to 36,500 days.");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">The text is not a period.</exception>
    public static RetentionPeriod Parse(string text) => text.Split(' ') switch
    {
        [var number, "months"] => OfMonths(int.Parse(number, CultureInfo.InvariantCulture)),
        [var number, "days"] => OfDays(int.Parse(number, CultureInfo.InvariantCulture)),
        _ => throw new FormatException($"\"{text}\" is not a retention period."),
    };

    /// <summary>The first instant that is still kept.</summary>
    public DateTimeOffset CutoffAt(DateTimeOffset now) =>
        DateTimeOffset.FromUnixTimeMilliseconds((Months > 0 ? now.AddMonths(-Months) : now.AddDays(-Days)).ToUnixTimeMilliseconds());

    /// <summary>As <c>24 months</c> or <c>400 days</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Months > 0 ? Months : Days)} {(Months > 0 ? "months" : "days")}");
}
