using AuditConsole.Storage;

namespace AuditConsole.Integrity;

/// <summary>Copies the database while the server writes to it.</summary>
public sealed class BackupService(IDatabaseBackup database)
{
    /// <summary>Writes a consistent copy, readable by its owner only, and returns once it is on disk.</summary>
    /// <param name="file">The path of the copy.</param>
    /// <param name="cancellationToken">Ends the copy; what was written of it is removed.</param>
    /// <returns>The size of the copy, in bytes.</returns>
    /// <exception cref="StorageException">The file is there already, or can't be written.</exception>
    public async Task<long> BackupAsync(string file, CancellationToken cancellationToken)
    {
        var target = Path.GetFullPath(file);
        if (Path.Exists(target))
        {
            throw new StorageException($"{target} exists already. Name a new file: a backup never overwrites.");
        }
        // Not under its name before it is whole.
        var partial = $"{target}.partial";
        try
        {
            Create(partial);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{partial} can't be made: {fault.Message}", fault);
        }
        try
        {
            await database.CopyToAsync(partial, cancellationToken);
            long size;
            using (var copy = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite))
            {
                copy.Flush(flushToDisk: true);
                size = copy.Length;
            }
            File.Move(partial, target, overwrite: false);
            return size;
        }
        catch (IOException fault)
        {
            throw new StorageException($"{target} can't be written: {fault.Message}", fault);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static void Create(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using var made = new FileStream(file, options);
    }
}
