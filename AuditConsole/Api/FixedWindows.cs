namespace AuditConsole.Api;

/// <summary>What is left of a window.</summary>
/// <param name="Remaining">How often more; negative where it was too often.</param>
/// <param name="Reset">Until the next window begins.</param>
internal readonly record struct WindowState(long Remaining, TimeSpan Reset);

/// <summary>Counts by name in windows of a minute, each beginning with its first count.</summary>
internal sealed class FixedWindows(TimeProvider clock)
{
    /// <summary>How long a window is.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    // Names may come from outside: from so many on, those that have ended are forgotten.
    private const int Many = 10_000;

    private readonly Dictionary<string, (long Start, long Count)> _windows = new(StringComparer.Ordinal);
    private int _forgetAt = Many;

    /// <summary>Counts once more.</summary>
    public WindowState Count(string name, int limit)
    {
        lock (_windows)
        {
            var now = clock.GetTimestamp();
            if (!_windows.TryGetValue(name, out var window) || clock.GetElapsedTime(window.Start, now) >= Length)
            {
                Forget(now);
                window = (now, 0);
            }
            window.Count++;
            _windows[name] = window;
            return new WindowState(limit - window.Count, Length - clock.GetElapsedTime(window.Start, now));
        }
    }

    private void Forget(long now)
    {
        if (_windows.Count < _forgetAt)
        {
            return;
        }
        foreach (var (name, window) in _windows)
        {
            if (clock.GetElapsedTime(window.Start, now) >= Length)
            {
                _windows.Remove(name);
            }
        }
        _forgetAt = Math.Max(Many, _windows.Count * 2);
    }
}
