using System.Globalization;
using AuditConsole.Query;

namespace AuditConsole.Exports;

/// <summary>The name of a downloaded file, so that it still says what it holds a year later.</summary>
internal static class ExportFileName
{
    /// <summary>
    /// <c>audit-log_acme_2026-10-23_2026-11-22.csv</c>; a cut one adds <c>_newest-100000-of-184311</c>. A bound that
    /// isn't a whole day stands with its time, as <c>20261023T101500Z</c>.
    /// </summary>
    public static string Of(string tenant, ExportRequest request, long count, int limit)
    {
        var cut = count > limit ? string.Create(CultureInfo.InvariantCulture, $"_newest-{limit}-of-{count}") : "";
        var extension = request.Format == ExportFormat.Csv ? "csv" : "json";
        return $"audit-log_{tenant}_{Text(request.Filter.From)}_{Text(request.Filter.To)}{cut}.{extension}";
    }

    private static string Text(TimeBound bound) => bound.IsDay
        ? bound.ToString()
        : bound.Start.ToString(bound.Start.Millisecond == 0 ? "yyyyMMdd'T'HHmmss'Z'" : "yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);
}
