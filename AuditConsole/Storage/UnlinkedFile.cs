namespace AuditConsole.Storage;

/// <summary>Files for what is too large for memory and mustn't stay: gone with the stream, and after a crash.</summary>
internal static class UnlinkedFile
{
    /// <summary>A new file, for its owner only, to be written and then read.</summary>
    /// <param name="directory">Where it stands as long as it has a name.</param>
    /// <param name="what">The beginning of that name.</param>
    public static FileStream Create(DataDirectory directory, string what)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        var path = directory.File($"{what}-{Guid.NewGuid():N}.tmp");
        var file = new FileStream(path, options);
        if (!OperatingSystem.IsWindows())
        {
            // Out of the folder at once: what is withheld tomorrow must not lie there after a crash.
            File.Delete(path);
        }
        return file;
    }
}
