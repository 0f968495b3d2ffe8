using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AuditConsole.Benchmarks;

/// <summary>What the disk does by itself.</summary>
internal static partial class Disk
{
    private const int NotNeeded = 4;

    private static readonly List<SafeFileHandle> _kept = [];

    /// <summary>
    /// Copies a file and waits until the copy is on disk; its source leaves the page cache. Otherwise what is measured
    /// next waits for gigabytes to be written, and finds the copy gone from memory for the sake of its source.
    /// </summary>
    public static void Copy(string source, string target)
    {
        File.Copy(source, target);
        using var copy = new FileStream(target, FileMode.Open, FileAccess.ReadWrite);
        copy.Flush(flushToDisk: true);
        using var original = File.OpenHandle(source);
        // A request, not a promise: where the system doesn't know it, the file stays in memory.
        _ = Advise(original, 0, 0, NotNeeded);
    }

    /// <summary>
    /// Reads a file once, so that it is in memory: some machines' hosts take a file's pages away within a minute (look at
    /// Cached in /proc/meminfo), and then it is the disk that is measured.
    /// </summary>
    public static void Warm(string path)
    {
        var block = new byte[1 << 20];
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        // Not closed before the process ends: that would give up the locks that SQLite holds on the file (POSIX, fcntl).
        _kept.Add(file);
        for (var (at, read) = (0L, 1); read > 0; at += read)
        {
            read = RandomAccess.Read(file, block, at);
        }
    }

    /// <summary>The median of writing and flushing 4 KiB, in milliseconds.</summary>
    public static double Fsync(string folder)
    {
        var path = Path.Combine(folder, "fsync");
        var times = new double[200];
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            var block = new byte[4096];
            for (var i = 0; i < times.Length; i++)
            {
                var begin = Stopwatch.GetTimestamp();
                file.Write(block);
                file.Flush(flushToDisk: true);
                times[i] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            }
        }
        File.Delete(path);
        return times.Order().ElementAt(times.Length / 2);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
