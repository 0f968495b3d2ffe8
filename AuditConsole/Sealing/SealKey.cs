using System.Security.Cryptography;
using AuditConsole.Storage;
using Microsoft.Extensions.Options;

namespace AuditConsole.Sealing;

/// <summary>
/// The key that encrypts sealed values: 32 random bytes as base64 in a file of its owner's alone. Whoever has the
/// database without the file can't read them, and who loses the file has lost them.
/// </summary>
public sealed class SealKey(DataDirectory directory, IOptions<SealOptions> options)
{
    private const int Size = 32;
    private const int IdSize = 8;

    private readonly Lock _lock = new();
    private byte[]? _key;

    /// <summary>Where it is kept.</summary>
    public string File => options.Value.SealKeyFile is { Length: > 0 } file ? Path.GetFullPath(file) : directory.File("seal.key");

    /// <summary>The key and the first 8 bytes of its SHA-256, by which values name it. Made at the first use.</summary>
    /// <exception cref="StorageException">The file can't be read or made, or holds something else.</exception>
    internal (byte[] Key, byte[] Id) Get()
    {
        byte[] key;
        lock (_lock)
        {
            key = _key ??= ReadOrMake();
        }
        return (key, SHA256.HashData(key)[..IdSize]);
    }

    private byte[] ReadOrMake()
    {
        try
        {
            if (!System.IO.File.Exists(File))
            {
                if (options.Value.SealKeyFile is { Length: > 0 })
                {
                    throw new StorageException($"The key of sealed values, {File} ({SealOptions.Section}:{nameof(SealOptions.SealKeyFile)}), is missing. Put it back; a new one is made by: openssl rand -base64 32");
                }
                return Make();
            }
            var key = Convert.FromBase64String(System.IO.File.ReadAllText(File).Trim());
            return key.Length == Size ? key : throw new FormatException();
        }
        catch (FormatException fault)
        {
            throw new StorageException($"{File} doesn't hold a key: {Size} bytes as base64.", fault);
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
