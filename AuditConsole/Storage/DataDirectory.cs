using Microsoft.Extensions.Options;

namespace AuditConsole.Storage;

/// <summary>The folder that holds the database, the keys and the spills, and the lock on it.</summary>
public sealed class DataDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Resolves the configured path against the content root.</summary>
    public DataDirectory(IOptions<StorageOptions> options, IHostEnvironment environment)
        : this(System.IO.Path.GetFullPath(options.Value.DataDirectory, environment.ContentRootPath))
    {
    }

    internal DataDirectory(string path) => Path = path;

    /// <summary>The folder that the configuration names, before there is an application; null if it names none that could be.</summary>
    public static DataDirectory? Of(IHostApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new StorageOptions();
        return new StorageOptions.Validator().Validate(null, options).Failed ? null : new DataDirectory(Options.Create(options), builder.Environment);
    }

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>The database.</summary>
    public string DatabaseFile => File("audit-console.db");

    /// <summary>The file whose lock says that a process writes here.</summary>
    public string LockFile => File("audit-console.lock");

    /// <summary>The absolute path of a file or folder in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Makes the folder, for its owner only, unless it is there.</summary>
    /// <exception cref="StorageException">It can't be made.</exception>
    public void Create()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(Path);
            }
            else
            {
                Directory.CreateDirectory(Path, OwnerOnly);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The data directory {Path} can't be made: {fault.Message} Set Storage:DataDirectory to a folder that this user may write.", fault);
        }
    }

    /// <summary>Takes the right to write here, which one process has at a time; disposing gives it back, and so does the end of the process.</summary>
    /// <exception cref="DataDirectoryInUseException">Another process has it.</exception>
    /// <exception cref="StorageException">The folder or the lock file can't be made.</exception>
    public IDisposable Lock()
    {
        Create();
        try
        {
            return new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new StorageException($"The lock {LockFile} can't be opened: {fault.Message} Run as the user who owns the data directory.", fault);
        }
        catch (IOException fault)
        {
            throw new DataDirectoryInUseException(Path, fault);
        }
    }
}

/// <summary>Another process writes to the data directory.</summary>
public sealed class DataDirectoryInUseException(string path, Exception? inner = null)
    : Exception($"The data directory {path} is in use by another AuditConsole process. Stop that one, or set Storage:DataDirectory to another folder.", inner);
