using System.Runtime.CompilerServices;
using AuditConsole.Core;

namespace AuditConsole.Query;

/// <summary>Reads on while what was read is written, so that the store and the network don't wait for each other.</summary>
internal static class EntriesAhead
{
    // What one look into the store gives, so that two of them are in memory at most.
    private const int Entries = 1000;
    private const int Bytes = 4 * 1024 * 1024;

    /// <summary>The same entries in the same order.</summary>
    public static async IAsyncEnumerable<AuditEntry> ReadAheadAsync(
        this IAsyncEnumerable<AuditEntry> source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reading = source.GetAsyncEnumerator(cancellationToken);
        var next = TakeAsync(reading);
        try
        {
            while (await next is { Count: > 0 } batch)
            {
                next = Task.Run(() => TakeAsync(reading), CancellationToken.None);
                foreach (var entry in batch)
                {
                    yield return entry;
                }
            }
        }
        finally
        {
            // The reading ends before its source is disposed. Whoever left doesn't care how.
            await next.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private static async Task<List<AuditEntry>> TakeAsync(IAsyncEnumerator<AuditEntry> reading)
    {
        var (batch, bytes) = (new List<AuditEntry>(), 0L);
        while (batch.Count < Entries && bytes < Bytes && await reading.MoveNextAsync())
        {
            batch.Add(reading.Current);
            bytes += reading.Current.Details.Utf8.Length;
        }
        return batch;
    }
}
