namespace AuditConsole.Checkpoints;

/// <summary>Files that only their owner can read, and that are on disk once writing them returns.</summary>
internal static class DurableFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a file anew; after a crash there is the old text or the new one.</summary>
    public static void Write(string path, string text)
    {
        var fresh = $"{path}.new";
        File.Delete(fresh);
        Create(fresh, text);
        File.Move(fresh, path, overwrite: true);
        // The rename changed the file's own times, so that syncing the file brings the rename to disk with it.
        using var moved = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(moved);
    }

    /// <summary>Makes a file that isn't there yet.</summary>
    /// <exception cref="IOException">It is there already, or can't be written.</exception>
    public static void Create(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }
        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }
}
