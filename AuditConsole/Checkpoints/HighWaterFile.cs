using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Checkpoints;

/// <summary>The last head of a tenant's log that was signed.</summary>
/// <param name="Size">The number of entries.</param>
/// <param name="Root">The Merkle tree head.</param>
/// <param name="Chain">The chain hash.</param>
/// <param name="Time">When.</param>
public sealed record HighWater(long Size, EntryHash Root, EntryHash Chain, DateTimeOffset Time);

/// <summary>
/// The file beside the signing key that remembers, apart from the database, what was signed last of each tenant. It
/// is on disk before a signature leaves, so that a restored older database is found out.
/// </summary>
public sealed class HighWaterFile(SigningKey key)
{
    private sealed record Line(long Size, string Root, string Chain, string Time);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Where it lies.</summary>
    public string Path => $"{key.Path}.high-water.json";

    /// <summary>What was signed last, by tenant.</summary>
    /// <returns>Null if there is no such file.</returns>
    /// <exception cref="StorageException">It can't be read or was changed.</exception>
    public Dictionary<Guid, HighWater>? Read()
    {
        try
        {
            return File.Exists(Path)
                ? JsonSerializer.Deserialize<Dictionary<Guid, Line>>(File.ReadAllText(Path), Json)!.ToDictionary(
                    pair => pair.Key,
                    pair => new HighWater(
                        pair.Value.Size, EntryHash.Parse(pair.Value.Root), EntryHash.Parse(pair.Value.Chain),
                        WireTime.TryParse(pair.Value.Time, out var time) ? time : throw new FormatException($"\"{pair.Value.Time}\" is no time.")))
                : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The high-water file of the checkpoint key can't be read: {fault.Message} Nothing is signed until it can.", fault);
        }
        catch (Exception fault) when (fault is JsonException or FormatException or ArgumentException or NullReferenceException)
        {
            throw new StorageException($"The high-water file {Path} was changed: {fault.Message} Nothing is signed. Put its last copy back.", fault);
        }
    }

    /// <summary>Writes it anew; it is on disk when this returns.</summary>
    /// <exception cref="StorageException">It can't be written.</exception>
    public void Write(IReadOnlyDictionary<Guid, HighWater> marks)
    {
        try
        {
            DurableFile.Write(Path, JsonSerializer.Serialize(
                marks.ToDictionary(pair => pair.Key, pair => new Line(pair.Value.Size, pair.Value.Root.ToString(), pair.Value.Chain.ToString(), WireTime.Format(pair.Value.Time))),
                Json));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The high-water file of the checkpoint key can't be written: {fault.Message} Nothing is signed until it can.", fault);
        }
    }
}
