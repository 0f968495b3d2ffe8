using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace AuditConsole.Identity;

/// <summary>The keys that protect cookies, as files that only their owner can read.</summary>
internal sealed class OwnerOnlyKeys : FileSystemXmlRepository
{
    private OwnerOnlyKeys(DirectoryInfo directory, ILoggerFactory loggers)
        : base(directory, loggers)
    {
    }

    public static OwnerOnlyKeys In(string path, ILoggerFactory loggers)
    {
        if (OperatingSystem.IsWindows())
        {
            return new(System.IO.Directory.CreateDirectory(path), loggers);
        }
        // The directory is closed before the first key is in it.
        var directory = System.IO.Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        directory.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        return new(directory, loggers);
    }

    public override void StoreElement(XElement element, string friendlyName)
    {
        base.StoreElement(element, friendlyName);
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles())
            {
                file.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
        }
    }
}
