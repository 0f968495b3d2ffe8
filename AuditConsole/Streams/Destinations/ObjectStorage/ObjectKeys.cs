using System.Globalization;

namespace AuditConsole.Streams.Destinations.ObjectStorage;

/// <summary>How the objects of a stream are named.</summary>
internal static class ObjectKeys
{
    /// <summary>
    /// <c>org={tenant}/dt=YYYY-MM-DD/h=HH/{first}-{last}.ndjson.gz</c>, the numbers with 20 digits, the day and hour those in
    /// which its entries were recorded, UTC: partitions by which Athena, BigQuery and Snowflake read less, in the order of the chain.
    /// </summary>
    public static string Of(Guid tenant, DateTimeOffset recordedAt, long first, long last) => string.Create(
        CultureInfo.InvariantCulture, $"org={tenant}/dt={recordedAt.UtcDateTime:yyyy-MM-dd}/h={recordedAt.UtcDateTime:HH}/{first:D20}-{last:D20}.ndjson.gz");

    /// <summary>A prefix as it stands before a key: without a slash at its beginning, with one at its end; empty for none.</summary>
    public static string Prefix(string? prefix) => prefix?.Trim('/') is { Length: > 0 } path ? path + "/" : "";

    /// <summary>The runs of a batch whose entries were recorded within one hour. The service's clock never goes backwards within a tenant.</summary>
    public static IEnumerable<ArraySegment<DeliveredEntry>> ByHour(DeliveredEntry[] entries)
    {
        for (var start = 0; start < entries.Length;)
        {
            var end = start + 1;
            while (end < entries.Length && HourOf(entries[end]) == HourOf(entries[start]))
            {
                end++;
            }
            yield return new ArraySegment<DeliveredEntry>(entries, start, end - start);
            start = end;
        }

        static long HourOf(in DeliveredEntry entry) => entry.Entry.RecordedAt.UtcTicks / TimeSpan.TicksPerHour;
    }
}
