using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Identity;
using AuditConsole.Integrity;
using AuditConsole.Query;
using AuditConsole.Retention;
using AuditConsole.Storage;

namespace AuditConsole.Exports;

/// <summary>
/// Renders the receipt of a download from the log as it is now: what was withheld or purged since stands in it as such,
/// and nothing of an entry is kept for it in the meantime.
/// </summary>
internal sealed class ReceiptService(
    IEntryStore store, ITreeStore trees, ReadScopes scopes, CoveringCheckpoints checkpoints, SigningKey key, DataDirectory directory, TimeProvider clock)
{
    private const int SendAfterBytes = 64 * 1024;

    // Each reads up to a million entries; more at once would only be slower.
    private readonly SemaphoreSlim _turn = new(2, 2);

    /// <summary>Renders a receipt to a file that is gone with the stream.</summary>
    /// <param name="record">The download, with its tenant.</param>
    /// <param name="cancellationToken">Nobody waits for it any more.</param>
    /// <param name="readAgain">Reads the entries of the rows again, in their order; null for a download's, newest first by its filter.</param>
    /// <returns>The receipt, compressed, from its beginning.</returns>
    /// <exception cref="RefusedException">There is no checkpoint yet that covers the download; the message says what to do.</exception>
    /// <exception cref="StorageException">The log can't be read, or doesn't hold.</exception>
    public async Task<Stream> RenderAsync(ExportRecord record, CancellationToken cancellationToken, Func<ReadScope, IAsyncEnumerable<AuditEntry>>? readAgain = null)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await RenderOnceAsync(record, readAgain, cancellationToken);
                }
                catch (MerkleNodeMissingException) when (attempt < 3)
                {
                    // A purge came in between and took entries that were already written down: again, without them.
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Stream> RenderOnceAsync(ExportRecord record, Func<ReadScope, IAsyncEnumerable<AuditEntry>>? readAgain, CancellationToken cancellationToken)
    {
        var checkpoint = await checkpoints.RequireAsync(record.TenantNumber, record.Snapshot, cancellationToken);
        var lines = UnlinkedFile.Create(directory, "receipt");
        try
        {
            EntryHash hash;
            await using (var compressed = new GZipStream(lines, CompressionLevel.Optimal, leaveOpen: true))
            await using (var hashed = new HashingStream(compressed))
            {
                var output = new ArrayBufferWriter<byte>(SendAfterBytes);
                var proved = await WriteRowsAsync(record, readAgain, hashed, output, cancellationToken);
                ReceiptFormat.WriteCheckpoint(output, checkpoint.Note);
                await WriteProofAsync(record.TenantNumber, proved, checkpoint.Statement.Size, hashed, output, cancellationToken);
                await SendAsync(hashed, output, cancellationToken);
                hash = hashed.Hash();
            }
            lines.Position = 0;
            return await WithStatementAsync(StatementOf(record, hash, checkpoint.Statement), lines, cancellationToken);
        }
        catch
        {
            await lines.DisposeAsync();
            throw;
        }
    }

    // One gzip file is the compressed parts one behind the other.
    private async Task<Stream> WithStatementAsync(ReceiptStatement statement, Stream lines, CancellationToken cancellationToken)
    {
        var whole = UnlinkedFile.Create(directory, "receipt");
        var output = new ArrayBufferWriter<byte>();
        ReceiptFormat.WriteStatement(output, key.Sign(statement));
        await using (var compressed = new GZipStream(whole, CompressionLevel.Optimal, leaveOpen: true))
        {
            await compressed.WriteAsync(output.WrittenMemory, cancellationToken);
        }
        await lines.CopyToAsync(whole, cancellationToken);
        await lines.DisposeAsync();
        whole.Position = 0;
        return whole;
    }

    /// <returns>The indexes of the leaves that are to be proved, ascending.</returns>
    private async Task<IReadOnlyList<long>> WriteRowsAsync(
        ExportRecord record, Func<ReadScope, IAsyncEnumerable<AuditEntry>>? readAgain, Stream stream, ArrayBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(record.TenantNumber, cancellationToken);
        var sequences = SequenceList.Unpack(record.Rows, record.Count);
        var wanted = sequences.ToHashSet();
        var proved = new List<long>(sequences.Count);
        var rows = new ReceiptRows(output);
        var isCsv = record.Format == "csv";
        // The same filter gives the same rows in the same order, but for those that were purged or withheld since.
        await using var again = (readAgain?.Invoke(scope) ?? store.ReadAsync(FilterOf(record, scope), record.Snapshot, int.MaxValue, cancellationToken))
            .GetAsyncEnumerator(cancellationToken);
        var more = await again.MoveNextAsync();
        foreach (var sequence in sequences)
        {
            while (more && !wanted.Contains(again.Current.Sequence))
            {
                more = await again.MoveNextAsync();
            }
            AuditEntry? entry;
            if (more && again.Current.Sequence == sequence)
            {
                entry = again.Current;
                more = await again.MoveNextAsync();
            }
            else
            {
                entry = await store.FindAsync(scope, sequence, cancellationToken);
            }
            if (entry is null)
            {
                rows.AddPurged(sequence);
            }
            else
            {
                AddRow(entry, isCsv, rows);
                proved.Add(sequence - 1);
            }
            if (output.WrittenCount >= SendAfterBytes)
            {
                await SendAsync(stream, output, cancellationToken);
            }
        }
        rows.Complete();
        proved.Sort();
        return proved;
    }

    private static void AddRow(AuditEntry entry, bool isCsv, ReceiptRows rows)
    {
        var head = EntryHeads.Of(entry, out var details);
        if (details is null)
        {
            rows.AddWithheld(head);
        }
        else if (isCsv)
        {
            rows.AddCsv(head, details, entry.Salt);
        }
        else
        {
            rows.AddJson(head, details, entry.Salt, entry.Hash);
        }
    }

    private async Task WriteProofAsync(
        int tenant, IReadOnlyList<long> proved, long size, Stream stream, ArrayBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        var nodes = new List<EntryHash>(ReceiptFormat.NodesInLine);
        await foreach (var node in MerkleProof.MultiproofAsync(trees.OpenNodes(tenant), proved, size, cancellationToken))
        {
            nodes.Add(node);
            if (nodes.Count == ReceiptFormat.NodesInLine)
            {
                ReceiptFormat.WriteNodes(output, nodes);
                nodes.Clear();
                await SendAsync(stream, output, cancellationToken);
            }
        }
        if (nodes.Count > 0)
        {
            ReceiptFormat.WriteNodes(output, nodes);
        }
    }

    private ReceiptStatement StatementOf(ExportRecord record, EntryHash lines, Checkpoint checkpoint) => new()
    {
        Service = checkpoint.Service,
        TenantId = checkpoint.TenantId,
        TenantSlug = record.Tenant!.Slug,
        ExportId = record.Id,
        ExportedBy = record.UserId,
        ExportedByName = record.UserName,
        ExportedAt = record.ExportedAt,
        RenderedAt = WireTime.Truncate(clock.GetUtcNow()),
        Filter = JsonSerializer.Deserialize<Dictionary<string, string>>(record.Filter)!,
        From = record.From,
        Until = record.Until,
        ExpiredBefore = record.ExpiredBefore,
        After = record.After,
        Snapshot = record.Snapshot,
        Matched = record.Matched,
        Count = record.Count,
        FileFormat = record.Format,
        FileHash = new EntryHash(record.FileHash),
        LinesHash = lines,
        CheckpointSize = checkpoint.Size,
    };

    private static EntryFilter FilterOf(ExportRecord record, ReadScope scope)
    {
        var filter = JsonSerializer.Deserialize<Dictionary<string, string>>(record.Filter)!;
        return EntryFilterQuery.Parse(name => filter.GetValueOrDefault(name), DateOnly.MinValue, new List<QueryProblem>()).ToFilter(scope) with { From = record.From, To = record.Until };
    }

    private static async Task SendAsync(Stream stream, ArrayBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(output.WrittenMemory, cancellationToken);
        output.ResetWrittenCount();
    }
}
