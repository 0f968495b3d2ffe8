namespace AuditConsole.Benchmarks;

/// <summary>How times are told.</summary>
internal static class Percentiles
{
    public static string Of(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToArray();
        return $"{At(0.5):0.00} ms (p50), {At(0.99):0.00} ms (p99), {sorted[^1].TotalMilliseconds:0.00} ms (most)";

        double At(double part) => sorted[(int)((sorted.Length - 1) * part)].TotalMilliseconds;
    }
}
