using System.Buffers;

namespace AuditConsole.Core;

/// <summary>One place of a stored chain, as a verifier reads it.</summary>
/// <param name="Sequence">The position.</param>
/// <param name="Leaf">The stored leaf.</param>
/// <param name="Entry">The entry, or null where it was purged and the leaf alone stands in its place.</param>
public sealed record ChainPlace(long Sequence, EntryHash Leaf, StoredEntry? Entry);

/// <summary>An entry as it is stored: the fields of its head, and its details as text.</summary>
/// <param name="Id">UUIDv7.</param>
/// <param name="TenantId">The tenant's UUID.</param>
/// <param name="OccurredAt">UTC, whole milliseconds.</param>
/// <param name="RecordedAt">UTC, whole milliseconds.</param>
/// <param name="RecordedBy">The credential that wrote it.</param>
/// <param name="HeadContent">The fields of the head; those of the details are not read for this.</param>
/// <param name="Salt">The salt of the details.</param>
/// <param name="Details">The stored details, UTF-8.</param>
/// <param name="Hash">The stored link.</param>
public sealed record StoredEntry(
    Guid Id, Guid TenantId, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, string RecordedBy,
    NewEntry HeadContent, DetailsSalt Salt, ReadOnlyMemory<byte> Details, EntryHash Hash)
{
    /// <summary>The hash that stands in for salt and details where those are withheld; they then are zero and empty.</summary>
    public EntryHash? WithheldDetailsHash { get; init; }
}

/// <summary>The first place of a chain that doesn't hold.</summary>
/// <param name="Sequence">Where.</param>
/// <param name="Reason">What is wrong there, a sentence.</param>
public sealed record ChainFault(long Sequence, string Reason);

/// <summary>Walks a chain from its start, or from the head that a purge left, and finds the first place that doesn't hold.</summary>
public sealed class ChainVerifier(ChainHead start)
{
    private readonly ArrayBufferWriter<byte> _scratch = new(1024);

    /// <summary>How far the chain holds.</summary>
    public ChainHead Head { get; private set; } = start;

    /// <summary>The number of entries whose content was hashed again, of withheld ones the head.</summary>
    public long Entries { get; private set; }

    /// <summary>How many of them are withheld: proved by their head alone.</summary>
    public long Withheld { get; private set; }

    /// <summary>The number of purged places, which are held by their leaf alone.</summary>
    public long Purged { get; private set; }

    /// <summary>Checks the next place and moves on.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public ChainFault? Add(ChainPlace place)
    {
        var expected = Head.Size + 1;
        if (place.Sequence != expected)
        {
            return place.Sequence > expected
                ? new ChainFault(expected, $"The entry is missing: the next one in the store is #{place.Sequence:N0}.")
                : new ChainFault(place.Sequence, $"The store holds #{place.Sequence:N0} a second time, before #{expected:N0}.");
        }
        var next = Head.Append(place.Leaf);
        if (place.Entry is { } entry)
        {
            var detailsHash = entry.WithheldDetailsHash ?? HashChain.HashDetails(entry.Salt, entry.Details.Span);
            var head = new EntryHead(
                entry.Id, entry.TenantId, place.Sequence, entry.OccurredAt, entry.RecordedAt, entry.RecordedBy, entry.HeadContent, detailsHash);
            if (HashChain.HashHead(head, _scratch) != place.Leaf)
            {
                return new ChainFault(place.Sequence, "The entry was changed: its content doesn't hash to its leaf.");
            }
            if (next.Hash != entry.Hash)
            {
                return new ChainFault(place.Sequence, "The link is broken: the stored hash doesn't follow from the one before.");
            }
            Entries++;
            Withheld += entry.WithheldDetailsHash is null ? 0 : 1;
        }
        else
        {
            Purged++;
        }
        Head = next;
        return null;
    }

    /// <summary>Moves on to the next entry, whose content was hashed to its leaf.</summary>
    /// <returns>False, and nothing moved, if its link doesn't follow.</returns>
    public bool TryAdd(EntryHash leaf, EntryHash link)
    {
        var next = Head.Append(leaf);
        if (next.Hash != link)
        {
            return false;
        }
        Entries++;
        Head = next;
        return true;
    }

    /// <summary>Compares the end of the walk with the head that the store keeps apart from the entries.</summary>
    /// <returns>What is wrong, or null.</returns>
    public ChainFault? Finish(ChainHead stored)
    {
        if (Head.Size < stored.Size)
        {
            return new ChainFault(Head.Size + 1, $"The end is missing: the chain once reached #{stored.Size:N0}.");
        }
        if (Head.Size > stored.Size)
        {
            return new ChainFault(stored.Size + 1, $"The entry was added behind the recorded end of the chain, #{stored.Size:N0}.");
        }
        return Head.Hash == stored.Hash ? null : new ChainFault(stored.Size, "The recorded head of the chain doesn't agree with its entries.");
    }
}
