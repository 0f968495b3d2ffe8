using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Integrity;

/// <summary>The canonical head and details of what was read from the store, held against its leaf: nothing is proved that doesn't hold.</summary>
internal static class EntryHeads
{
    /// <summary>The head of an entry and its details; null where those were destroyed.</summary>
    /// <exception cref="StorageException">The entry was changed in the database.</exception>
    public static EntryHead Of(AuditEntry entry, out byte[]? details)
    {
        details = entry.Withheld is null ? EntryText.Details(entry.Content) : null;
        var hash = details is null ? entry.Withheld!.DetailsHash : HashChain.HashDetails(entry.Salt, details);
        var head = new EntryHead(entry.Id, entry.TenantId, entry.Sequence, entry.OccurredAt, entry.RecordedAt, entry.RecordedBy, entry.Content, hash);
        return HashChain.HashHead(head, new(1024)) == entry.Leaf ? head : throw Changed(entry.Sequence);
    }

    /// <summary>The head of a stored entry.</summary>
    public static EntryHead Of(long sequence, StoredEntry entry) => new(
        entry.Id, entry.TenantId, sequence, entry.OccurredAt, entry.RecordedAt, entry.RecordedBy, entry.HeadContent,
        entry.WithheldDetailsHash ?? HashChain.HashDetails(entry.Salt, entry.Details.Span));

    private static StorageException Changed(long sequence) =>
        new(FormattableString.Invariant($"Entry #{sequence:N0} was changed in the database, so it can't be proved. Run: AuditConsole verify"));
}
