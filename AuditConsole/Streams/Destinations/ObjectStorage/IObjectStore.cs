namespace AuditConsole.Streams.Destinations.ObjectStorage;

/// <summary>A kind of destination that keeps objects: streams, scheduled exports and checkpoints can go there.</summary>
public interface IObjectStoreKind : IDestinationKind
{
    /// <summary>Opens it. Nothing is sent yet.</summary>
    IObjectStore OpenStore(DestinationSettings settings, DestinationContext context);
}

/// <summary>A bucket, or the part of one below a prefix.</summary>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>Where it is, for people: <c>s3://acme-logs/audit</c>.</summary>
    string Place { get; }

    /// <summary>Writes an object, and compares what the other side says it has with what was sent.</summary>
    /// <returns>What became of it. A failure of the other side is an outcome, never an exception.</returns>
    Task<PutOutcome> PutAsync(ObjectToPut put, CancellationToken cancellationToken);
}

/// <summary>An object to write.</summary>
/// <param name="Key">Its name below the prefix of the settings, without a slash at the beginning.</param>
/// <param name="Content">What it holds, from its beginning; can seek. The caller disposes it.</param>
/// <param name="ContentType">Its media type.</param>
public sealed record ObjectToPut(string Key, Stream Content, string ContentType)
{
    /// <summary>Written only where there is none of this name yet, if the other side knows that.</summary>
    public bool IfAbsent { get; init; }

    /// <summary>With <see cref="IfAbsent"/>: also where the other side doesn't know that, what is there stays; it is looked at first.</summary>
    public bool NeverReplaces { get; init; }

    /// <summary>Nobody can delete or replace it before, under Object Lock in compliance mode; null for no lock.</summary>
    public DateTimeOffset? LockedUntil { get; init; }
}

/// <summary>What became of an object.</summary>
/// <param name="Delivery">The outcome.</param>
/// <param name="Already">The name was taken (<see cref="ObjectToPut.IfAbsent"/>), and the outcome is that it was delivered earlier, or that other bytes stand there.</param>
public readonly record struct PutOutcome(DeliveryOutcome Delivery, AlreadyThere Already = AlreadyThere.No);

/// <summary>What stands under a name that is taken.</summary>
public enum AlreadyThere
{
    /// <summary>The name wasn't taken.</summary>
    No,

    /// <summary>The very same bytes.</summary>
    Same,

    /// <summary>Other bytes.</summary>
    Other,

    /// <summary>That can't be told: the credentials may only write.</summary>
    Unknown,
}
