using System.Globalization;
using System.Text;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.Google;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.S3;

namespace AuditConsole.Streams.Buckets;

/// <summary>A kind that keeps objects, for a stream of checkpoints: its own settings, and how long objects are locked.</summary>
internal sealed class CheckpointKind(IObjectStoreKind inner) : IObjectStoreKind, ISetupGuide
{
    /// <summary>For how many days nobody can delete or replace a checkpoint.</summary>
    internal const string LockDays = "lock_days";

    private const int MostDays = 36_500;

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public string DisplayName => inner.DisplayName;

    /// <inheritdoc/>
    public string Summary => "Keeps the signed checkpoints of the log in a bucket of yours. Whoever runs this server can’t change the log’s past then without your seeing it.";

    /// <inheritdoc/>
    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        .. inner.Fields,
        new(LockDays, "Locked for, in days", "For so long nobody can delete or replace a checkpoint, under Object Lock in compliance mode. The bucket must have it turned on; leave this empty where it hasn’t.")
        {
            IsOptional = true, Placeholder = "3650",
        },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json];

    /// <summary>Until when what is written now is locked; null for no lock.</summary>
    public static DateTimeOffset? LockedUntil(DestinationSettings settings, DateTimeOffset now) => DaysOf(settings[LockDays]) is { } days ? now.AddDays(days) : null;

    /// <inheritdoc/>
    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings) => settings[LockDays] is { } text && DaysOf(text) is null
        ? [.. inner.Check(settings), new FieldProblem(LockDays, $"This is a number of days from 1 to {MostDays}, or empty for no lock.")]
        : inner.Check(settings);

    /// <inheritdoc/>
    public IDestination Open(DestinationSettings settings, DestinationContext context) => new CheckOnly(OpenStore(settings, context), settings, context);

    /// <inheritdoc/>
    public IObjectStore OpenStore(DestinationSettings settings, DestinationContext context) => inner.OpenStore(settings, context);

    /// <inheritdoc/>
    public IReadOnlyList<SetupText> SetupTexts(DestinationSettings settings) =>
        inner switch
        {
            S3Kind s3 => s3.SetupTexts(settings, reads: true),
            GcsKind => GcsKind.SetupTextsForCheckpoints(settings),
            _ => (inner as ISetupGuide)?.SetupTexts(settings) ?? [],
        };

    private static int? DaysOf(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= MostDays ? days : null;

    /// <summary>Checkpoints are put by <see cref="CheckpointRunner"/>; what is left of a destination is to try the settings.</summary>
    private sealed class CheckOnly(IObjectStore store, DestinationSettings settings, DestinationContext context) : IDestination
    {
        // So long that the lock is tried too, and not so long that the test stays.
        private static readonly TimeSpan Lock = TimeSpan.FromMinutes(1);

        public BatchLimits Limits { get; } = new(1, 1, 1);

        public Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken) => throw new NotSupportedException("No entries go there.");

        public async Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken)
        {
            var now = context.Clock.GetUtcNow();
            var locks = LockedUntil(settings, now) is not null;
            using var content = new MemoryStream(Encoding.UTF8.GetBytes("A test from AuditConsole: checkpoints can be written here.\n"));
            var put = new ObjectToPut(CheckpointObjects.CheckOf(context.TenantId, now), content, CheckpointObjects.ContentType) { LockedUntil = locks ? now + Lock : null };
            var (outcome, _) = await store.PutAsync(put, cancellationToken);
            return outcome.Verdict == DeliveryVerdict.Delivered
                ? outcome with { Message = $"A test object was written to {store.Place}{(locks ? ", locked for a minute" : "")}." }
                : outcome;
        }

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
