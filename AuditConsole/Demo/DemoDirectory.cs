using AuditConsole.Storage;

namespace AuditConsole.Demo;

/// <summary>The throwaway data directory of a demo; disposing deletes it.</summary>
internal sealed class DemoDirectory : IDisposable
{
    private const string Prefix = "audit-console-demo-";

    private DemoDirectory(string path) => Path = path;

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>Makes a directory that only its owner can read, and deletes what killed demos left behind.</summary>
    public static DemoDirectory Create()
    {
        foreach (var left in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            DeleteUnlessInUse(left);
        }
        // Made with owner-only permissions.
        return new DemoDirectory(Directory.CreateTempSubdirectory(Prefix).FullName);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"The demo's directory is left over: {fault.Message} Delete {Path}.");
        }
    }

    private static void DeleteUnlessInUse(string path)
    {
        try
        {
            // A demo that is just starting has no lock file yet.
            if (File.Exists(new DataDirectory(path).LockFile))
            {
                using (new DataDirectory(path).Lock())
                {
                    Directory.Delete(path, recursive: true);
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or StorageException or DataDirectoryInUseException)
        {
            // In use, or somebody else's.
        }
    }
}
