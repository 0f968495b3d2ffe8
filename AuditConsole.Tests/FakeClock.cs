namespace AuditConsole.Tests;

/// <summary>A clock that stands still until it is set. Timers run on the real one.</summary>
public sealed class FakeClock(DateTimeOffset now) : TimeProvider
{
    private long _ticks = now.UtcTicks;

    public FakeClock() : this(new DateTimeOffset(2026, 11, 21, 16, 42, 7, 318, TimeSpan.Zero))
    {
    }

    /// <summary>What it shows.</summary>
    public DateTimeOffset Now
    {
        get => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
        set => Interlocked.Exchange(ref _ticks, value.UtcTicks);
    }

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => Now;
}
