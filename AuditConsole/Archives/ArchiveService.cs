using System.Buffers;
using System.IO.Compression;
using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Identity;
using AuditConsole.Integrity;
using AuditConsole.Retention;
using AuditConsole.Storage;

namespace AuditConsole.Archives;

/// <summary>What an archive holds.</summary>
/// <param name="Base">How many entries were purged from the beginning, with their leaves.</param>
/// <param name="Size">The sequence at which it ends: that of its checkpoint.</param>
/// <param name="Entries">Entries with their details.</param>
/// <param name="Withheld">Entries whose details were destroyed.</param>
/// <param name="Purged">Places whose entry was purged or has expired.</param>
/// <param name="Bytes">The size of the file.</param>
public sealed record ArchiveResult(long Base, long Size, long Entries, long Withheld, long Purged, long Bytes);

/// <summary>Writes a tenant's whole log to a file, as far as it is signed, while others write and purge.</summary>
internal sealed class ArchiveService(IEntryStore store, ReadScopes scopes, CoveringCheckpoints checkpoints)
{
    private const int SendAfterBytes = 256 * 1024;
    private const int PlacesInReport = 100_000;

    /// <summary>Writes the archive; compressed if the name ends in <c>.gz</c>.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="file">A file that doesn't exist yet; it has its name once it is whole, and is its owner's alone.</param>
    /// <param name="progress">Is told the sequence reached, now and then.</param>
    /// <param name="cancellationToken">Ends it; what was written is removed.</param>
    /// <exception cref="RefusedException">Nothing was signed yet.</exception>
    /// <exception cref="StorageException">The file is there already or can't be written, or the log can't be read.</exception>
    public async Task<ArchiveResult> WriteAsync(int tenant, string file, Func<long, Task>? progress, CancellationToken cancellationToken)
    {
        var target = Path.GetFullPath(file);
        if (Path.Exists(target))
        {
            throw new StorageException($"{target} exists already. Name a new file: an archive never overwrites.");
        }
        var partial = $"{target}.partial";
        try
        {
            while (true)
            {
                var start = await store.ReadBaseAsync(tenant, cancellationToken);
                var result = await WriteOnceAsync(tenant, start, partial, target.EndsWith(".gz", StringComparison.OrdinalIgnoreCase), progress, cancellationToken);
                // A purge that came in between took places of the beginning: again from where the log begins now.
                if (result is not null)
                {
                    File.Move(partial, target, overwrite: false);
                    return result;
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{target} can't be written: {fault.Message}", fault);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private async Task<ArchiveResult?> WriteOnceAsync(
        int tenant, ChainBase start, string partial, bool compress, Func<long, Task>? progress, CancellationToken cancellationToken)
    {
        var checkpoint = await checkpoints.FindNewestAsync(tenant, cancellationToken);
        if (checkpoint is null || checkpoint.Statement.Size < start.Head.Size)
        {
            throw new RefusedException("Nothing of this log was signed yet. Start the server: it signs within a minute. Then export again.");
        }
        await using var file = Create(partial);
        var (entries, withheld, purged) = (0L, 0L, 0L);
        await using (var gzip = compress ? new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true) : null)
        {
            var stream = (Stream?)gzip ?? file;
            var scope = await scopes.OfAsync(tenant, cancellationToken);
            var output = new ArrayBufferWriter<byte>(SendAfterBytes);
            ArchiveFormat.WriteHeader(output, scope.TenantId, start.Head, start.Frontier);
            var next = start.Head.Size + 1;
            await foreach (var stored in store.ReadChainAsync(tenant, start.Head.Size, cancellationToken))
            {
                if (stored.Sequence > checkpoint.Statement.Size)
                {
                    break;
                }
                if (stored.Sequence != next && (await store.ReadBaseAsync(tenant, cancellationToken)).Head != start.Head)
                {
                    return null;
                }
                var place = stored.Place ?? throw new StorageException($"{stored.Damage} Run: AuditConsole verify");
                if (place.Entry is not { } entry || entry.OccurredAt < scope.ExpiredBefore && await store.FindAsync(scope, stored.Sequence, cancellationToken) is null)
                {
                    ArchiveFormat.WritePurged(output, stored.Sequence, place.Leaf, place.Entry?.Hash ?? stored.PurgedHash!.Value);
                    purged++;
                }
                else if (entry.WithheldDetailsHash is not null)
                {
                    ArchiveFormat.WriteWithheld(output, EntryHeads.Of(stored.Sequence, entry), entry.Hash);
                    withheld++;
                }
                else
                {
                    ArchiveFormat.WriteEntry(output, EntryHeads.Of(stored.Sequence, entry), entry.Details.Span, entry.Salt, entry.Hash);
                    entries++;
                }
                next = stored.Sequence + 1;
                if (output.WrittenCount >= SendAfterBytes)
                {
                    await stream.WriteAsync(output.WrittenMemory, cancellationToken);
                    output.ResetWrittenCount();
                }
                if (progress is not null && stored.Sequence % PlacesInReport == 0)
                {
                    await progress(stored.Sequence);
                }
            }
            ArchiveFormat.WriteCheckpoint(output, checkpoint.Note);
            await stream.WriteAsync(output.WrittenMemory, cancellationToken);
        }
        file.Flush(flushToDisk: true);
        return new ArchiveResult(start.Head.Size, checkpoint.Statement.Size, entries, withheld, purged, file.Length);
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        return new FileStream(path, options);
    }
}
