using System.Globalization;
using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Input;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Exports;

/// <summary>A receipt that was read and checked: its rows are in the log that the checkpoint states.</summary>
internal sealed class Receipt
{
    private const long MostBytes = 1L << 30;

    private readonly List<ReceiptRow> _rows = [];

    private Receipt(ReceiptStatement statement) => Statement = statement;

    /// <summary>What the service signed.</summary>
    public ReceiptStatement Statement { get; }

    /// <summary>A line for each row of the file, in its order.</summary>
    public IReadOnlyList<ReceiptRow> Rows => _rows;

    /// <summary>The checkpoint that the rows are proved against.</summary>
    public SignedCheckpoint? Checkpoint { get; private set; }

    /// <summary>Whether nothing speaks against it but that the signer isn't known.</summary>
    public bool Holds { get; private set; }

    /// <summary>Reads and checks a receipt; what doesn't hold is in the report.</summary>
    /// <exception cref="UnreadableException">It can't be read to its end.</exception>
    public static Receipt Read(InputFile file, Trust trust, Report report)
    {
        Receipt? receipt = null;
        file.Read(stream =>
        {
            using var lines = new LineReader(stream);
            try
            {
                receipt = Open(lines, trust, report);
                receipt.ReadLines(lines, trust, report);
            }
            catch (FormatException fault)
            {
                throw new UnreadableException(string.Create(CultureInfo.InvariantCulture, $"Line {lines.Number:N0} of {file.Name} can't be read: {fault.Message}"), inner: fault);
            }
        });
        return receipt!;
    }

    private static Receipt Open(LineReader lines, Trust trust, Report report)
    {
        var members = new LineMembers();
        if (!lines.TryRead(out var first))
        {
            throw new UnreadableException("The receipt is empty.", "truncated");
        }
        members.Read(first);
        var note = SignedNote.Parse(members.Names == "statement" ? members.Text("statement") : throw new FormatException("isn't the first line of a receipt"));
        var statement = ReceiptStatement.Parse(note);
        report.Fact("export", string.Create(
            CultureInfo.InvariantCulture,
            $"{statement.ExportId:D} of {statement.TenantSlug} by {statement.ExportedByName} ({statement.ExportedBy}), {statement.ExportedAt:yyyy-MM-dd HH:mm:ss} UTC"));
        report.Fact("filter", string.Join(", ", statement.Filter.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")));
        var after = statement.After == 0 ? "" : $" behind entry #{statement.After.ToString("N0", CultureInfo.InvariantCulture)}";
        report.Fact("range", $"{WireTime.Format(statement.From)} ≤ occurred < {WireTime.Format(statement.Until)},{after} up to entry #{statement.Snapshot.ToString("N0", CultureInfo.InvariantCulture)}");
        trust.Check(note, statement.Origin, "The receipt's statement", report);
        return new Receipt(statement);
    }

    private void ReadLines(LineReader lines, Trust trust, Report report)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var members = new LineMembers();
        var leaves = new LeafHasher();
        var taken = new RowBytes();
        var bytes = 0L;
        while (true)
        {
            if (!lines.TryRead(out var line))
            {
                throw new UnreadableException("The receipt has no checkpoint: it was cut off.", "truncated");
            }
            Add(hash, line);
            members.Read(line);
            if (members.Names == "checkpoint")
            {
                break;
            }
            bytes += line.Length;
            if (members.Names == "bytes")
            {
                taken.Load(members.Text("bytes"));
            }
            else
            {
                _rows.Add(ReadRow(members, leaves, taken));
            }
            if (bytes > MostBytes)
            {
                throw new UnreadableException($"The receipt has more than {MostBytes:N0} bytes of rows, more than this program takes.", "too_large");
            }
        }
        taken.Complete();
        Checkpoint = SignedCheckpoint.Parse(members.Text("checkpoint"));
        var root = RootOf(lines, hash, members);
        while (lines.TryRead(out var line))
        {
            Add(hash, line);
        }
        if (new EntryHash(hash.GetHashAndReset()) != Statement.LinesHash)
        {
            report.Fault("receipt_altered", "The receipt was changed after it was made: its lines are not those that its statement was signed for.");
            return;
        }
        Check(taken.HasLeft ? null : root, trust, report);
    }

    private EntryHash? RootOf(LineReader lines, IncrementalHash hash, LineMembers members)
    {
        var sorted = _rows.Where(row => row.Kind != RowKind.Purged).Select(row => (row.Sequence - 1, row.Leaf)).ToArray();
        Array.Sort(sorted, static (a, b) => a.Item1.CompareTo(b.Item1));
        return MerkleProof.RootOfMultiproof(sorted, Checkpoint!.Statement.Size, ReadNodes(lines, hash, members));
    }

    private void Check(EntryHash? root, Trust trust, Report report)
    {
        var checkpoint = Checkpoint!.Statement;
        if (checkpoint.Origin != Statement.Origin)
        {
            report.Fault("other_tenant", $"The receipt's statement is of {Statement.Origin} and its checkpoint of {checkpoint.Origin}.");
            return;
        }
        trust.Check(Checkpoint.Note, checkpoint.Origin, "The receipt's checkpoint", report);
        if (Statement.Count != _rows.Count || Statement.CheckpointSize != checkpoint.Size || checkpoint.Size < Statement.Snapshot
            || _rows.Exists(row => row.Sequence <= Statement.After))
        {
            report.Fault("receipt_altered", "The receipt's statement, rows and checkpoint do not belong together.");
            return;
        }
        if (root != checkpoint.Root)
        {
            report.Fault("proof_broken", "The receipt's rows are not in the log that its checkpoint states.");
            return;
        }
        report.Fact("checkpoint", string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Time:yyyy-MM-dd HH:mm:ss} UTC, {checkpoint.Size:N0} entries"));
        Holds = !report.HasFault;
    }

    private static IEnumerable<EntryHash> ReadNodes(LineReader lines, IncrementalHash hash, LineMembers members)
    {
        while (lines.TryRead(out var line))
        {
            Add(hash, line);
            members.Read(line);
            var bytes = members.Names == "nodes" && RowBytes.Parse(members.Text("nodes")) is { Length: > 0 } read && read.Length % EntryHash.Size == 0
                ? read : throw new FormatException("it holds no nodes of a proof.");
            for (var at = 0; at < bytes.Length; at += EntryHash.Size)
            {
                yield return new EntryHash(bytes.AsSpan(at, EntryHash.Size));
            }
        }
    }

    private ReceiptRow ReadRow(LineMembers members, LeafHasher leaves, RowBytes taken)
    {
        if (members.Names == "purged sequence")
        {
            return new ReceiptRow(RowKind.Purged, members.Number("sequence"), EntryHash.Zero);
        }
        var head = ReceiptHead.Fill(members.Object("head").Span, taken.Take(ReceiptHead.Size));
        var facts = HeadFacts.Read(head);
        if (facts.TenantId != Statement.TenantId)
        {
            throw new FormatException("it is of another tenant than the statement.");
        }
        var row = new ReceiptRow(RowKind.Entry, facts.Sequence, leaves.Hash(head)) { Head = head, DetailsHash = facts.DetailsHash };
        if (members.Names == "head withheld")
        {
            return row with { Kind = RowKind.Withheld };
        }
        var isJson = members.Names == "check head";
        if ((Statement.FileFormat is "json" or "ndjson") != isJson || !isJson && members.Names != "check details head")
        {
            throw new FormatException("it is no row of this receipt.");
        }
        var names = members.Strings("check");
        return row with
        {
            Details = isJson ? null : members.Object("details").ToArray(),
            Salt = new DetailsSalt(taken.Take(DetailsSalt.Size)),
            HashBegin = isJson ? taken.Take(EntryHash.Size / 2).ToArray() : [],
            Checked = names,
            Checks = taken.Take(2 * names.Count).ToArray(),
        };
    }

    private static void Add(IncrementalHash hash, ReadOnlyMemory<byte> line)
    {
        hash.AppendData(line.Span);
        hash.AppendData("\n"u8);
    }
}
