using System.Security.Cryptography;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Sealing;

/// <summary>
/// The keys that encrypt sealed values, each 32 random bytes as base64, a line each, in a file of its owner's alone: the
/// first seals, all of them open. Whoever has the database without the file can't read the values, and who loses the
/// file has lost them. So it is made where nothing is sealed yet, and never in the place of one that is gone.
/// </summary>
public sealed class SealKey(DataDirectory directory, IOptions<SealOptions> options, IDbContextFactory<ConsoleDbContext> contexts)
{
    private const int Size = 32;
    private const int IdSize = 8;

    private readonly Lock _lock = new();
    private IReadOnlyList<byte[]>? _keys;

    /// <summary>Where it is kept.</summary>
    public string File => options.Value.SealKeyFile is { Length: > 0 } file ? Path.GetFullPath(file) : directory.File("seal.key");

    /// <summary>The key that seals, and the first 8 bytes of its SHA-256, by which values name it. Made at the first use.</summary>
    /// <exception cref="StorageException">The file can't be read or made, is gone, or holds something else.</exception>
    internal (byte[] Key, byte[] Id) Get()
    {
        var key = Keys()[0];
        return (key, IdOf(key));
    }

    /// <summary>The key of that id.</summary>
    /// <exception cref="StorageException">The file can't be read, is gone, or doesn't hold it.</exception>
    internal byte[] Find(byte[] id)
    {
        var keys = Keys();
        return keys.FirstOrDefault(key => IdOf(key).AsSpan().SequenceEqual(id)) ?? throw new StorageException(
            $"The value was sealed with the key {Convert.ToHexStringLower(id)}; {File} holds {string.Join(", ", keys.Select(key => Convert.ToHexStringLower(IdOf(key))))}. Put that key into the file again, on a line of its own, and restart.");
    }

    /// <summary>Why what is sealed can't be opened and nothing can be sealed, a sentence or two; null if nothing is wrong.</summary>
    public string? FindProblem()
    {
        try
        {
            // A key that was never needed isn't made for this question.
            if (System.IO.File.Exists(File) || IsNeeded())
            {
                Keys();
            }
            return null;
        }
        catch (Exception fault) when (fault is StorageException or System.Data.Common.DbException)
        {
            return fault.Message;
        }
    }

    private static byte[] IdOf(byte[] key) => SHA256.HashData(key)[..IdSize];

    private IReadOnlyList<byte[]> Keys()
    {
        lock (_lock)
        {
            return _keys ??= ReadOrMake();
        }
    }

    private bool IsNeeded()
    {
        using var context = contexts.CreateDbContext();
        return context.Database.SqlQuery<long>($"SELECT tenant AS \"Value\" FROM sealed_value LIMIT 1").AsEnumerable().Any();
    }

    private IReadOnlyList<byte[]> ReadOrMake()
    {
        try
        {
            if (!System.IO.File.Exists(File))
            {
                if (IsNeeded())
                {
                    throw new StorageException(
                        $"The key of sealed values, {File}, is gone, and values are sealed with it. Put it back from your copy and restart. If it is lost, so are those values; to seal new ones, make another key: openssl rand -base64 32 > {File}");
                }
                if (options.Value.SealKeyFile is { Length: > 0 })
                {
                    throw new StorageException($"The key of sealed values, {File} ({SealOptions.Section}:{nameof(SealOptions.SealKeyFile)}), is missing. Put it back; a new one is made by: openssl rand -base64 32");
                }
                return [Make()];
            }
            var keys = System.IO.File.ReadAllLines(File).Where(line => !string.IsNullOrWhiteSpace(line)).Select(line => Convert.FromBase64String(line.Trim())).ToList();
            return keys.Count > 0 && keys.TrueForAll(key => key.Length == Size) ? keys : throw new FormatException();
        }
        catch (FormatException fault)
        {
            throw new StorageException($"{File} doesn't hold keys: on each line, {Size} bytes as base64.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The key of sealed values, {File}, can't be read or made: {fault.Message}", fault);
        }
    }

    private byte[] Make()
    {
        var key = RandomNumberGenerator.GetBytes(Size);
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using var file = new FileStream(File, how);
        file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(key) + "\n"));
        // A value may be on disk before the cache is: without its key it would be lost.
        file.Flush(flushToDisk: true);
        return key;
    }
}
