using System.IO.Compression;
using System.Runtime.CompilerServices;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Tenants;

namespace AuditConsole.ScheduledExports;

/// <summary>Which entries a part holds, and how they are written.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Filter">Which.</param>
/// <param name="Format">The file's format.</param>
/// <param name="After">Behind this sequence.</param>
/// <param name="Until">Up to this sequence.</param>
internal sealed record PartOrder(Tenant Tenant, StreamFilter Filter, ExportFormat Format, long After, long Until);

/// <summary>A part that was written.</summary>
internal sealed class RenderedPart : IAsyncDisposable
{
    /// <summary>The compressed file, from its beginning; null where it was only hashed.</summary>
    public Stream? File { get; init; }

    /// <summary>The sequences of its rows, ascending.</summary>
    public required IReadOnlyList<long> Sequences { get; init; }

    /// <summary>Up to which sequence it holds all that matches.</summary>
    public required long Until { get; init; }

    /// <summary>When its first entry was recorded; null without one.</summary>
    public DateTimeOffset? FirstRecordedAt { get; init; }

    /// <summary>When its last entry was recorded; null without one.</summary>
    public DateTimeOffset? LastRecordedAt { get; init; }

    /// <summary>Its size, compressed.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of it compressed.</summary>
    public required EntryHash Hash { get; init; }

    /// <summary>Its size, not compressed.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>SHA-256 of it not compressed.</summary>
    public required EntryHash ContentHash { get; init; }

    public ValueTask DisposeAsync() => File?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>
/// Writes parts from the log as it is now, in the order of the chain, and their receipts. The same entries give the same
/// bytes. Memory holds a batch of entries and the sequences of the rows.
/// </summary>
internal sealed class PartRenderer(IEntryStore store, ReadScopes scopes, ReceiptService receipts, DataDirectory directory, TimeProvider clock)
{
    private const int ReadAtOnce = 1000;

    /// <summary>Writes the next part.</summary>
    /// <param name="order">What is left of the run.</param>
    /// <param name="mostRows">The most rows.</param>
    /// <param name="keep">Whether the file is wanted, and not its hashes alone.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<RenderedPart> RenderAsync(PartOrder order, int mostRows, bool keep, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(order.Tenant.Number, cancellationToken);
        Stream file = keep ? UnlinkedFile.Create(directory, "export-part") : Stream.Null;
        try
        {
            await using var stored = new CountedStream(file);
            var (sequences, first, last, until) = (new List<long>(), (DateTimeOffset?)null, (DateTimeOffset?)null, order.Until);
            CountedStream content;
            await using (var gzip = new GZipStream(stored, CompressionLevel.Optimal, leaveOpen: true))
            await using (content = new CountedStream(gzip))
            {
                var writer = EntryFile.Create(order.Format, content);
                await using var entries = ReadAsync(order.Filter.In(scope), order.After, order.Until, cancellationToken).GetAsyncEnumerator(cancellationToken);
                while (await entries.MoveNextAsync())
                {
                    if (sequences.Count == mostRows)
                    {
                        // There is more: this part reaches to its last row, the last part of a run to the run's end.
                        until = sequences[^1];
                        break;
                    }
                    var entry = entries.Current;
                    await writer.WriteAsync(entry, cancellationToken);
                    sequences.Add(entry.Sequence);
                    (first, last) = (first ?? entry.RecordedAt, entry.RecordedAt);
                }
                await writer.EndAsync(cancellationToken);
                content.Finish();
            }
            stored.Finish();
            if (keep)
            {
                file.Position = 0;
            }
            return new RenderedPart
            {
                File = keep ? file : null,
                Sequences = sequences,
                Until = until,
                FirstRecordedAt = first,
                LastRecordedAt = last,
                Bytes = stored.Count,
                Hash = stored.Hash,
                ContentBytes = content.Count,
                ContentHash = content.Hash,
            };
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes the receipt of a part, compressed.</summary>
    /// <param name="run">The run's id.</param>
    /// <param name="export">Who exported: the export's id and name.</param>
    /// <param name="order">The part.</param>
    /// <param name="part">What it holds.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Identity.RefusedException">The log isn't signed so far yet.</exception>
    public async Task<Stream> RenderReceiptAsync(
        Guid run, (string Id, string Name) export, PartOrder order, RenderedPart part, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(order.Tenant.Number, cancellationToken);
        var record = new ExportRecord
        {
            Id = run,
            TenantNumber = order.Tenant.Number,
            Tenant = order.Tenant,
            UserId = export.Id,
            UserName = export.Name,
            ExportedAt = WireTime.Truncate(clock.GetUtcNow()),
            Format = order.Format.ToString().ToLowerInvariant(),
            FileName = "",
            FileHash = part.ContentHash.ToArray(),
            Filter = System.Text.Json.JsonSerializer.Serialize(ExportFilter.Signed(order.Filter)),
            From = DateTimeOffset.MinValue,
            Until = WireTime.Truncate(DateTimeOffset.MaxValue),
            ExpiredBefore = scope.ExpiredBefore,
            After = order.After,
            Snapshot = part.Until,
            Matched = part.Sequences.Count,
            Count = part.Sequences.Count,
            Rows = SequenceList.Pack(part.Sequences),
        };
        return await receipts.RenderAsync(record, cancellationToken, now => ReadAsync(order.Filter.In(now), order.After, part.Until, cancellationToken));
    }

    private async IAsyncEnumerable<AuditEntry> ReadAsync(EntryFilter filter, long after, long until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (after < until)
        {
            var tail = await store.ReadTailAsync(filter, after, ReadAtOnce, cancellationToken);
            foreach (var entry in tail.Entries.TakeWhile(entry => entry.Sequence <= until))
            {
                yield return entry;
            }
            if (!tail.HasMore)
            {
                yield break;
            }
            after = tail.Reached;
        }
    }
}
