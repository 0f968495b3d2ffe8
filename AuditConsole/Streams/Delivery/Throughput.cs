namespace AuditConsole.Streams.Delivery;

/// <summary>Counts what was delivered in the last five minutes, by the minute.</summary>
internal sealed class Throughput
{
    private const int Minutes = 5;

    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[Minutes];
    private long _minute;
    private long _firstMinute = -1;

    public void Add(TimeProvider clock, int count)
    {
        if (count > 0)
        {
            lock (_lock)
            {
                _counts[MoveTo(clock) % Minutes] += count;
            }
        }
    }

    public double PerMinute(TimeProvider clock)
    {
        lock (_lock)
        {
            var minute = MoveTo(clock);
            return _counts.Sum() / (double)Math.Clamp(minute - _firstMinute + 1, 1, Minutes);
        }
    }

    private long MoveTo(TimeProvider clock)
    {
        var minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
        _firstMinute = _firstMinute < 0 ? minute : _firstMinute;
        for (var next = Math.Max(_minute + 1, minute - Minutes + 1); next <= minute; next++)
        {
            _counts[next % Minutes] = 0;
        }
        _minute = Math.Max(minute, _minute);
        return _minute;
    }
}
