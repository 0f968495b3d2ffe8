namespace AuditConsole.Integrity;

/// <summary>A walk over a whole log that somebody asked for.</summary>
/// <param name="by">Who asked, for people to read.</param>
public sealed class RunningVerification(string by)
{
    /// <summary>Who asked first.</summary>
    public string By { get; } = by;

    /// <summary>How far it is.</summary>
    public VerificationProgress At => Progress.At;

    /// <summary>Why it could not be done, a sentence; null while it can. What it found stands in <see cref="VerificationState"/>.</summary>
    public string? Failure { get; internal set; }

    /// <summary>Completes when it has ended, however it did.</summary>
    public Task Done { get; internal set; } = Task.CompletedTask;

    internal Reporter Progress { get; } = new();

    /// <summary>Keeps the newest report, and tells of it on the thread that made it.</summary>
    internal sealed class Reporter : IProgress<VerificationProgress>
    {
        private const int PlacesBetween = 20_000;
        private long _told;

        public event EventHandler? ProgressChanged;

        public VerificationProgress At { get; private set; }

        public void Report(VerificationProgress value)
        {
            At = value;
            if (value.Done - _told >= PlacesBetween)
            {
                _told = value.Done;
                ProgressChanged?.Invoke(this, EventArgs.Empty);
            }
        }
    }
}
