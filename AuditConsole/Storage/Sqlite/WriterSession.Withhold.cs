using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

// Destroying details.
internal sealed partial class WriterSession
{
    /// <summary>Rewrites the whole file: nothing that was deleted can be left in it. Outside of transactions.</summary>
    public void Rebuild()
    {
        // The copy of a large database doesn't fit into memory.
        Prepare("PRAGMA temp_store = FILE").Run();
        try
        {
            SqlitePragmas.Execute(Connection, "VACUUM");
        }
        finally
        {
            Prepare("PRAGMA temp_store = MEMORY").Run();
        }
    }

    /// <summary>Destroys the details that the request names; its entries, which record that, are there already.</summary>
    private void Withhold(AppendRequest request, in PlacedEntries placed)
    {
        if (request.Withholds.Count == 0)
        {
            return;
        }
        var holds = ActiveHolds.Read(request.Tenant, Prepare);
        for (var i = 0; i < request.Withholds.Count; i++)
        {
            var item = request.Withholds[i];
            var occurredAt = RequireWithholdable(request.Tenant, item, holds);
            // Stands before the details go: the trigger lets them go for no other reason.
            Prepare("INSERT INTO withheld (tenant, sequence, details_hash, at, by, by_name, reason, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
                .Bind(1, request.Tenant).Bind(2, item.Sequence).BindBlob(3, item.DetailsHash.ToArray()).Bind(4, placed.Chain.RecordedAt)
                .Bind(5, item.By).Bind(6, item.ByName).Bind(7, item.Reason).Bind(8, placed.Appended[i].Sequence).Run();
            RemoveSealed(request.Tenant, item.Sequence);
            Prepare("DELETE FROM entry_target WHERE target_tenant = ?1 AND target_sequence = ?2").Bind(1, request.Tenant).Bind(2, item.Sequence).Run();
            Prepare("UPDATE entry SET salt = x'', details = '', ip = NULL WHERE tenant = ?1 AND sequence = ?2")
                .Bind(1, request.Tenant).Bind(2, item.Sequence).Run();
            WithholdFromSegment(request.Tenant, item.Sequence, occurredAt);
        }
        // The chain's row is there: entries were just appended, or it was saved with those that are withheld now.
        Prepare("UPDATE chain SET names_left = 2 WHERE tenant = ?1").Bind(1, request.Tenant).Run();
    }

    /// <returns>When the entry occurred.</returns>
    private long RequireWithholdable(int tenant, WithholdItem item, ActiveHolds holds)
    {
        var row = Prepare("SELECT salt, details, occurred_at FROM entry WHERE tenant = ?1 AND sequence = ?2").Bind(1, tenant).Bind(2, item.Sequence);
        if (!row.Step())
        {
            throw new NotWithholdableException(item.Sequence, $"Entry #{item.Sequence:N0} has expired and was deleted meanwhile.");
        }
        var isWithheld = row.Bytes(0).IsEmpty;
        var isRead = !isWithheld && HashChain.HashDetails(new DetailsSalt(row.Bytes(0)), row.Bytes(1)) == item.DetailsHash;
        var occurredAt = row.Long(2);
        row.Reset();
        if (isWithheld)
        {
            throw new NotWithholdableException(item.Sequence, $"The details of entry #{item.Sequence:N0} are withheld already.");
        }
        if (!isRead)
        {
            throw new NotWithholdableException(item.Sequence, $"Entry #{item.Sequence:N0} is not what it was when it was read. Run verify.");
        }
        foreach (var hold in holds.All)
        {
            var covers = Prepare($"SELECT 1 FROM entry WHERE tenant = ?1 AND sequence = ?2 AND {hold.Sql}").Bind(1, tenant).Bind(2, item.Sequence);
            if (covers.Step())
            {
                covers.Reset();
                throw new NotWithholdableException(
                    item.Sequence, $"Entry #{item.Sequence:N0} is under the legal hold “{hold.Hold.Name}”, so its details must stay. Lift the hold first.");
            }
        }
        return occurredAt;
    }
}
