using System.Diagnostics;

namespace AuditConsole.Benchmarks;

/// <summary>What the disk does by itself.</summary>
internal static class Disk
{
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
}
