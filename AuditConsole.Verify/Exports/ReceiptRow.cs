using System.Buffers.Binary;
using AuditConsole.Core;

namespace AuditConsole.Verify.Exports;

/// <summary>What a receipt knows of a row.</summary>
internal enum RowKind
{
    /// <summary>Head and salt: the row can be proved.</summary>
    Entry,

    /// <summary>The head alone: the details were destroyed.</summary>
    Withheld,

    /// <summary>The sequence alone: the entry was purged.</summary>
    Purged,
}

/// <summary>A row's line of a receipt.</summary>
internal sealed record ReceiptRow(RowKind Kind, long Sequence, EntryHash Leaf)
{
    /// <summary>The canonical head.</summary>
    public byte[] Head { get; init; } = [];

    /// <summary>The hash of the details, as the head has it.</summary>
    public EntryHash DetailsHash { get; init; }

    /// <summary>The details but for those that the file shows; null in the receipt of a JSON file.</summary>
    public byte[]? Details { get; init; }

    /// <summary>The salt of the details.</summary>
    public DetailsSalt Salt { get; init; }

    /// <summary>The details' members that the file shows.</summary>
    public IReadOnlyList<string> Checked { get; init; } = [];

    /// <summary>Their checks, two bytes each.</summary>
    public byte[] Checks { get; init; } = [];

    /// <summary>The first half of the link, in the receipt of a JSON file.</summary>
    public byte[] HashBegin { get; init; } = [];

    /// <summary>The check of a member; null if the entry doesn't have the member.</summary>
    public ushort? CheckOf(string name)
    {
        for (var i = 0; i < Checked.Count; i++)
        {
            if (Checked[i] == name)
            {
                return BinaryPrimitives.ReadUInt16BigEndian(Checks.AsSpan(2 * i));
            }
        }
        return null;
    }
}
