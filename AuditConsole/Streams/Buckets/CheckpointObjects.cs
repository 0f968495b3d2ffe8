using System.Globalization;
using AuditConsole.Checkpoints;

namespace AuditConsole.Streams.Buckets;

/// <summary>How the objects of a stream of checkpoints are named (docs/streams.md).</summary>
internal static class CheckpointObjects
{
    /// <summary>The media type of all of them.</summary>
    public const string ContentType = "text/plain";

    /// <summary><c>org={tenant}/checkpoints/{size}-{milliseconds since 1970}.txt</c>, the size with 20 digits.</summary>
    public static string Of(Guid tenant, StoredCheckpoint checkpoint) => string.Create(
        CultureInfo.InvariantCulture, $"{Folder(tenant)}{checkpoint.Size:D20}-{checkpoint.Time.ToUnixTimeMilliseconds()}.txt");

    /// <summary>The first key that was published there.</summary>
    public static string FirstKey(Guid tenant) => $"{Folder(tenant)}checkpoint-key.pem";

    /// <summary>A key, by its id.</summary>
    public static string Key(Guid tenant, string id) => $"{Folder(tenant)}checkpoint-key-{id}.pem";

    /// <summary>The note in which a key names its successor.</summary>
    public static string Rotation(Guid tenant, PreviousKey old) => $"{Folder(tenant)}checkpoint-key-{old.Id}-to-{old.SuccessorId}.txt";

    /// <summary>A test.</summary>
    public static string CheckOf(Guid tenant, DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $"org={tenant}/check-{now.ToUnixTimeMilliseconds()}.txt");

    private static string Folder(Guid tenant) => $"org={tenant}/checkpoints/";
}
