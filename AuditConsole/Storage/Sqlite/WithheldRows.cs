using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>The table <c>withheld</c>: what stands in the place of destroyed details.</summary>
internal static class WithheldRows
{
    /// <summary>What stays of an entry's details; null if they are not withheld.</summary>
    /// <exception cref="ArgumentException">The row was changed from outside.</exception>
    public static WithheldDetails? Find(int tenant, long sequence, ReadConnection connection)
    {
        var find = connection.Prepare("SELECT details_hash, at, by, by_name, reason, record FROM withheld WHERE tenant = ?1 AND sequence = ?2")
            .Bind(1, tenant).Bind(2, sequence);
        try
        {
            return find.Step()
                ? new WithheldDetails(
                    new EntryHash(find.Bytes(0)), DateTimeOffset.FromUnixTimeMilliseconds(find.Long(1)), find.StrictTextOrNull(2)!, find.StrictTextOrNull(3),
                    find.StrictTextOrNull(4)!, find.Long(5))
                : null;
        }
        finally
        {
            find.Reset();
        }
    }

    /// <summary>What is wrong with a withheld row beyond its hashes: remains, or no record of who did it.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="withheld">What stays of its details.</param>
    /// <param name="row">The row, with its address in column 19.</param>
    /// <param name="connection">Reads the record.</param>
    public static string? FindDamage(int tenant, in EntryRow entry, WithheldDetails withheld, Statement row, ReadConnection connection)
    {
        if (row.LongOrNull(19) is not null || entry.Details.Length > 0)
        {
            return "The entry is marked as withheld and still holds details.";
        }
        var record = connection.Prepare($"SELECT {EntryRows.Columns} FROM entry WHERE tenant = ?1 AND sequence = ?2")
            .Bind(1, tenant).Bind(2, withheld.Record);
        if (record.Step())
        {
            try
            {
                return FindDamage(entry, withheld, EntryRows.Read(tenant, record, connection));
            }
            finally
            {
                record.Reset();
            }
        }
        // The record has its own time; a hold may keep the entry beyond it.
        var purged = connection.Prepare(
            "SELECT EXISTS (SELECT 1 FROM purged_leaf WHERE tenant = ?1 AND sequence = ?2) OR EXISTS (SELECT 1 FROM chain WHERE tenant = ?1 AND base_size >= ?2)")
            .Bind(1, tenant).Bind(2, withheld.Record);
        purged.Step();
        var isPurged = purged.Long(0) != 0;
        purged.Reset();
        return isPurged && withheld.Record > entry.Sequence ? null : "The details were removed, and no entry records that.";
    }

    private static string? FindDamage(in EntryRow entry, WithheldDetails withheld, in EntryRow record)
    {
        if (record.HeadContent.Action != ServiceActions.EntryWithheld || record.HeadContent.Target.Id != entry.Id.ToString() || ServiceActions.IsProducer(record.RecordedBy))
        {
            return $"The details were removed, and entry #{withheld.Record:N0} doesn't record that.";
        }
        if (record.Withheld is not null)
        {
            return $"The details were removed, and so were those of entry #{withheld.Record:N0}, which records that.";
        }
        // The row says so beside the entry, where people read it; the record is what is proved.
        var said = StoredDetails.Read(record.Details);
        return withheld.At == record.RecordedAt && withheld.By == (record.HeadContent.Actor.Type == "user" ? record.HeadContent.Actor.Id : record.RecordedBy)
            && withheld.ByName == said.ActorName && withheld.Reason == ReasonIn(said)
            ? null
            : $"Who withheld the details, when or why was changed: entry #{withheld.Record:N0} records something else.";
    }

    private static string? ReasonIn(StoredDetails details)
    {
        using var metadata = JsonDocument.Parse(details.Metadata);
        return metadata.RootElement.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String ? reason.GetString() : null;
    }
}
