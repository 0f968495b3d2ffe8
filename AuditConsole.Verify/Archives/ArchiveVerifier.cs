using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Input;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Archives;

/// <summary>Gets every place of an archive while it is verified; the bytes last until the call returns.</summary>
internal interface IArchiveReader
{
    /// <summary>A place.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="leaf">Its leaf.</param>
    /// <param name="head">The canonical head; empty where the entry was purged.</param>
    /// <param name="details">The canonical details; empty where they were destroyed or purged.</param>
    void Place(long sequence, EntryHash leaf, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details);
}

/// <summary>
/// Walks an archive from its first line to its last: every details text against the hash in its head, every head
/// against its leaf, every leaf against the chain and the tree, and both against the checkpoint. Holds one line at a time.
/// </summary>
internal sealed class ArchiveVerifier(Report report, Trust trust, IReadOnlyList<SignedCheckpoint> known, params IReadOnlyList<IArchiveReader> readers)
{
    private readonly LineMembers _line = new();
    private readonly LeafHasher _leaves = new();
    private MerkleFrontier _tree = new();
    private ChainHead _head;
    private EntryHash? _otherLink;
    private bool _broken;
    private bool _gaps;

    /// <summary>Whose log it says it is.</summary>
    public Guid Tenant { get; private set; }

    /// <summary>The checkpoint at which the archive ends; null if that wasn't reached.</summary>
    public SignedCheckpoint? Checkpoint { get; private set; }

    /// <summary>The end of the purged beginning.</summary>
    public ChainHead Base { get; private set; }

    /// <summary>Whether every line holds and a trusted key signed the end.</summary>
    public bool Holds { get; private set; }

    /// <summary>Verifies the archive.</summary>
    /// <exception cref="UnreadableException">It can't be read to its end.</exception>
    public void Verify(InputFile file) => file.Read(stream =>
    {
        using var lines = new LineReader(stream);
        try
        {
            Verify(lines);
        }
        catch (FormatException fault)
        {
            throw new UnreadableException(string.Create(CultureInfo.InvariantCulture, $"Line {lines.Number:N0} of {file.Name} {fault.Message}."), inner: fault);
        }
    });

    private void Verify(LineReader lines)
    {
        ReadHeader(lines);
        CheckKnown();
        while (lines.TryRead(out var line))
        {
            _line.Read(line);
            switch (_line.Names)
            {
                case "details hash head salt":
                    CheckEntry(_line.Object("details"));
                    report.Count("entries");
                    break;
                case "hash head withheld":
                    CheckEntry(details: default);
                    _gaps = true;
                    report.Count("withheld");
                    break;
                case "hash leaf sequence":
                    Advance(_line.Number("sequence"), _line.Hash("leaf"), default, default);
                    report.Count("purged");
                    _gaps = true;
                    break;
                case "checkpoint":
                    CheckEnd(_line.Text("checkpoint"));
                    if (lines.TryRead(out _))
                    {
                        report.Fault("after_the_end", "There are lines behind the checkpoint with which an archive ends.");
                        Holds = false;
                    }
                    return;
                default:
                    throw new FormatException("isn't a place of an archive");
            }
        }
        throw new UnreadableException(
            string.Create(CultureInfo.InvariantCulture, $"The archive has no checkpoint at its end: it was cut off after entry #{_head.Size:N0}."), "truncated");
    }

    private void ReadHeader(LineReader lines)
    {
        if (!lines.TryRead(out var first))
        {
            throw new UnreadableException("The archive is empty.", "truncated");
        }
        _line.Read(first);
        if (_line.Names != "base format tenant_id" || _line.Text("format") != ArchiveFormat.Name || !Guid.TryParseExact(_line.Text("tenant_id"), "D", out var tenant)
            || tenant.ToString("D") != _line.Text("tenant_id"))
        {
            throw new FormatException("isn't the first line of an archive");
        }
        Tenant = tenant;
        var inner = new LineMembers();
        inner.Read(_line.Object("base"));
        Base = new ChainHead(inner.Number("size"), inner.Hash("hash"));
        using var roots = System.Text.Json.JsonDocument.Parse(inner.Raw("frontier"));
        try
        {
            _tree = MerkleFrontier.Read(Base.Size, [.. roots.RootElement.EnumerateArray().SelectMany(root => EntryHash.Parse(root.GetString() ?? "").ToArray())]);
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException)
        {
            throw new FormatException("has a frontier that doesn't belong to its size", fault);
        }
        if (Base.Size == 0 && Base.Hash != EntryHash.Zero)
        {
            throw new FormatException("has a hash before the first entry");
        }
        _head = Base;
        report.Fact("tenant", Tenant.ToString("D"));
        report.Count("purged_beginning", Base.Size);
    }

    private void CheckEntry(ReadOnlyMemory<byte> details)
    {
        var head = _line.Object("head");
        var facts = HeadFacts.Read(head.Span);
        if (facts.TenantId != Tenant)
        {
            report.Fault("other_tenant", $"Entry #{facts.Sequence:N0} is of another tenant, {facts.TenantId:D}.", facts.Sequence);
            _broken = true;
        }
        if (!details.IsEmpty)
        {
            Span<byte> salt = stackalloc byte[DetailsSalt.Size];
            _line.Hex("salt", salt);
            if (HashChain.HashDetails(new DetailsSalt(salt), details.Span) != facts.DetailsHash)
            {
                report.Fault("details_altered", $"Entry #{facts.Sequence:N0} was altered: its details are not those that were recorded.", facts.Sequence);
                _broken = true;
            }
        }
        else if (!_line.Raw("withheld").Span.SequenceEqual("true"u8))
        {
            throw new FormatException("has a withheld that isn't true");
        }
        Advance(facts.Sequence, _leaves.Hash(head.Span), head, details);
    }

    private void Advance(long sequence, EntryHash leaf, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> details)
    {
        var expected = _head.Size + 1;
        if (sequence < expected)
        {
            report.Fault("out_of_order", $"Entry #{sequence:N0} stands where #{expected:N0} should: it was moved or inserted.", sequence);
            _broken = true;
            return;
        }
        var stated = _line.Hash("hash");
        if (sequence > expected)
        {
            report.Fault(
                "missing",
                sequence == expected + 1 ? $"Entry #{expected:N0} was removed." : $"Entries #{expected:N0} to #{sequence - 1:N0} were removed.",
                expected);
            _broken = true;
            // What came before isn't known any more; the line's own word is all there is to go on with.
            (_head, _otherLink) = (new ChainHead(sequence, stated), null);
            return;
        }
        var link = HashChain.Link(_head.Hash, leaf);
        if (link != stated && (_otherLink is not { } other || HashChain.Link(other, leaf) != stated))
        {
            report.Fault("altered", $"Entry #{sequence:N0} was altered: it doesn't follow from the entry before it.", sequence);
            _broken = true;
            _otherLink = link;
        }
        else
        {
            _otherLink = null;
        }
        _head = new ChainHead(sequence, stated);
        if (!_broken)
        {
            _tree.Append(leaf);
            CheckKnown();
        }
        foreach (var reader in readers)
        {
            reader.Place(sequence, leaf, head, details);
        }
    }

    // Checkpoints that the person kept, against the state of the log at their size.
    private void CheckKnown()
    {
        foreach (var checkpoint in known.Where(kept => kept.Statement.Size == _head.Size && kept.Statement.TenantId == Tenant))
        {
            if (checkpoint.Statement.Chain != _head.Hash || checkpoint.Statement.Root != _tree.Root())
            {
                report.Fault("checkpoint_disagrees", $"The log up to #{_head.Size:N0} is not the one of the checkpoint of {Time(checkpoint)}: entries up to there were changed since and hashed anew.", _head.Size);
            }
            else
            {
                report.Count("checkpoints_agree");
            }
        }
    }

    private void CheckEnd(string text)
    {
        var checkpoint = SignedCheckpoint.Parse(text);
        Checkpoint = checkpoint;
        var statement = checkpoint.Statement;
        report.Fact("checkpoint", string.Create(CultureInfo.InvariantCulture, $"{Time(checkpoint)}, {statement.Size:N0} entries"));
        var signed = trust.Check(checkpoint.Note, statement.Origin, "The checkpoint at the end of the archive", report);
        if (statement.TenantId != Tenant)
        {
            report.Fault("other_tenant", $"The checkpoint at the end of the archive is of another tenant, {statement.TenantId:D}.");
        }
        else if (statement.Size > _head.Size)
        {
            report.Fault("missing", _head.Size + 1 == statement.Size ? $"Entry #{statement.Size:N0} was removed from the end." : $"Entries #{_head.Size + 1:N0} to #{statement.Size:N0} were removed from the end.", _head.Size + 1);
        }
        else if (statement.Size < _head.Size)
        {
            report.Fault("behind_checkpoint", $"The checkpoint reaches to #{statement.Size:N0} and the archive to #{_head.Size:N0}: entries were added, or the checkpoint is an older one.", statement.Size + 1);
        }
        else if (!_broken && (statement.Chain != _head.Hash || statement.Root != _tree.Root()))
        {
            report.Fault("checkpoint_disagrees", "Every entry follows from the one before it, but the end is not the one that was signed: entries were changed and the rest hashed anew, or the checkpoint is of another log.");
        }
        else
        {
            Holds = signed && !_broken && !report.HasFault;
        }
        foreach (var kept in known.Where(kept => kept.Statement.TenantId == Tenant && (kept.Statement.Size > statement.Size || kept.Statement.Size < Base.Size)))
        {
            report.Doubt("checkpoint_outside", kept.Statement.Size < Base.Size
                ? $"The checkpoint over {kept.Statement.Size:N0} entries lies in the purged beginning, so this archive can't be compared with it."
                : $"The checkpoint over {kept.Statement.Size:N0} entries is newer than the archive, which ends at #{statement.Size:N0}.");
        }
        foreach (var kept in known.Where(kept => kept.Statement.TenantId != Tenant))
        {
            report.Doubt("checkpoint_outside", $"The checkpoint of {kept.Statement.Origin} is of another tenant than the archive.");
        }
        report.Proved.Add(string.Create(
            CultureInfo.InvariantCulture, $"Nothing was edited, removed or inserted in this log from #{Base.Size + 1:N0} to #{_head.Size:N0}, as the service signed it at {Time(checkpoint)}{(_gaps ? ", but for what is counted below as purged or withheld" : "")}."));
        report.Limits.Add(string.Create(CultureInfo.InvariantCulture, $"What was recorded after #{_head.Size:N0} is not in this archive."));
    }

    private static string Time(SignedCheckpoint checkpoint) => checkpoint.Statement.Time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
