using System.Buffers;
using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Exports;

namespace AuditConsole.Tests.Evidence;

/// <summary>An export of a log in memory, newest first, written by the writers of the service, and its receipt.</summary>
internal sealed class ExportedFile
{
    private readonly EvidenceLog _log;
    private readonly ExportFormat _format;

    public ExportedFile(EvidenceLog log, ExportFormat format, Func<AuditEntry, bool>? filter = null)
    {
        (_log, _format) = (log, format);
        Entries = [.. log.Entries.Where(filter ?? (_ => true)).OrderByDescending(entry => entry.OccurredAt).ThenByDescending(entry => entry.Sequence)];
        Bytes = Write(Entries);
    }

    public List<AuditEntry> Entries { get; }

    public byte[] Bytes { get; }

    public Dictionary<string, string> Filter { get; } = [];

    /// <summary>The receipt's lines, each with its end.</summary>
    public List<byte[]> Receipt(Func<ReceiptStatement, ReceiptStatement>? change = null, ECDsa? key = null, SignedCheckpoint? checkpoint = null)
    {
        var lines = new List<byte[]>();
        var output = new ArrayBufferWriter<byte>();
        var rows = new ReceiptRows(output);
        foreach (var entry in Entries)
        {
            var head = EvidenceLog.HeadOf(entry);
            if (_log.Purged.Contains(entry.Sequence))
            {
                rows.AddPurged(entry.Sequence);
            }
            else if (_log.Withheld.Contains(entry.Sequence))
            {
                rows.AddWithheld(head);
            }
            else if (_format == ExportFormat.Csv)
            {
                rows.AddCsv(head, EntryText.Details(entry.Content), entry.Salt);
            }
            else
            {
                rows.AddJson(head, EntryText.Details(entry.Content), entry.Salt, entry.Hash);
            }
        }
        rows.Complete();
        Take();
        checkpoint ??= _log.Checkpoint();
        ReceiptFormat.WriteCheckpoint(output, checkpoint.Note);
        Take();
        var proof = MerkleProof.MultiproofAsync(_log.Tree(), [.. Entries.Where(entry => !_log.Purged.Contains(entry.Sequence)).Select(entry => entry.Sequence - 1).Order()], checkpoint.Statement.Size, default);
        foreach (var nodes in proof.ToBlockingEnumerable().Chunk(5))
        {
            ReceiptFormat.WriteNodes(output, nodes);
            Take();
        }
        var statement = new ReceiptStatement
        {
            Service = EvidenceLog.Service,
            TenantId = _log.Tenant,
            TenantSlug = "acme",
            ExportId = Guid.Parse("0193501c-1f4a-7abc-8def-0123456789ab"),
            ExportedBy = "usr_1",
            ExportedByName = "ada@example.com",
            ExportedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_795_365_728_402),
            RenderedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_795_365_828_402),
            Filter = Filter,
            From = DateTimeOffset.UnixEpoch,
            Until = DateTimeOffset.FromUnixTimeMilliseconds(4_100_000_000_000),
            ExpiredBefore = DateTimeOffset.UnixEpoch,
            Snapshot = _log.Entries.Count,
            Matched = Entries.Count,
            Count = Entries.Count,
            FileFormat = _format.ToString().ToLowerInvariant(),
            FileHash = new EntryHash(SHA256.HashData(Bytes)),
            LinesHash = new EntryHash(SHA256.HashData([.. lines.SelectMany(line => line)])),
            CheckpointSize = checkpoint.Statement.Size,
        };
        statement = change?.Invoke(statement) ?? statement;
        ReceiptFormat.WriteStatement(output, SignedNote.Sign(statement.ToBody(), statement.Origin, key ?? _log.Private));
        Take();
        return [lines[^1], .. lines[..^1]];

        void Take()
        {
            for (var rest = output.WrittenSpan; !rest.IsEmpty;)
            {
                var line = rest[..(rest.IndexOf((byte)'\n') + 1)];
                lines.Add(line.ToArray());
                rest = rest[line.Length..];
            }
            output.ResetWrittenCount();
        }
    }

    /// <summary>A file of these entries, as the service writes it.</summary>
    public byte[] Write(IEnumerable<AuditEntry> entries)
    {
        using var stream = new MemoryStream();
        WriteAsync(stream, entries).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    private async Task WriteAsync(Stream stream, IEnumerable<AuditEntry> entries)
    {
        var file = EntryFile.Create(_format, stream);
        foreach (var entry in entries)
        {
            await file.WriteAsync(entry, default);
        }
        await file.EndAsync(default);
    }
}
