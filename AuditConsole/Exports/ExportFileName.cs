using System.Globalization;

namespace AuditConsole.Exports;

/// <summary>The name of a downloaded file, so that it still says what it holds a year later.</summary>
internal static class ExportFileName
{
    /// <summary>
    /// <c>audit-log_acme_2026-10-23_2026-11-22.csv</c>; a cut one adds <c>_newest-100000-of-184311</c>. Bounds that
    /// aren't whole days stand with their time, as <c>20261023T101500Z</c>.
    /// </summary>
    public static string Of(ExportRequest request, long count, int limit)
    {
        var (from, to) = (request.From, request.To);
        var days = from.TimeOfDay == TimeSpan.Zero && to.TimeOfDay == TimeSpan.Zero && to > from;
        var range = days ? $"{Day(from)}_{Day(to.AddDays(-1))}" : $"{Instant(from)}_{Instant(to)}";
        var cut = count > limit ? string.Create(CultureInfo.InvariantCulture, $"_newest-{limit}-of-{count}") : "";
        var extension = request.Format == ExportFormat.Csv ? "csv" : "json";
        return $"audit-log_{request.Tenant}_{range}{cut}.{extension}";
    }

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset time) => time.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
