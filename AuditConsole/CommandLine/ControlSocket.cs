using System.Security.Cryptography;
using System.Text;
using AuditConsole.Storage;

namespace AuditConsole.CommandLine;

/// <summary>The Unix socket through which commands reach the server that holds a data directory. Its owner alone can open it.</summary>
internal static class ControlSocket
{
    private const string Name = "audit-console.sock";

    // sun_path has 108 bytes, the last one a zero.
    private const int MaxPathBytes = 107;

    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode OwnerOnly = OwnerReadWrite | UnixFileMode.UserExecute;

    /// <summary>Where it is: in the data directory, or, if that path is too long for a socket, in a folder of its own.</summary>
    public static string PathFor(DataDirectory directory)
    {
        var path = directory.File(Name);
        if (Encoding.UTF8.GetByteCount(path) <= MaxPathBytes)
        {
            return path;
        }
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory.Path)))[..32];
        return Path.Combine(Path.GetTempPath(), $"audit-console-{hash}", Name);
    }

    /// <summary>Makes its folder, and takes away what a killed server left. The caller holds the lock of the data directory.</summary>
    /// <exception cref="IOException">The folder belongs to someone else.</exception>
    public static void Prepare(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            // Fails where somebody else made the folder first: only its owner can change its mode.
            File.SetUnixFileMode(folder, OwnerOnly);
        }
        File.Delete(path);
    }

    /// <summary>Lets nobody but the owner connect.</summary>
    public static void Protect(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, OwnerReadWrite);
        }
    }
}
