using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

// The Merkle tree behind the entries.
internal sealed partial class WriterSession
{
    /// <summary>Adds blocks to a tree within the open transaction, unless somebody else did meanwhile.</summary>
    public void AddToTree(int tenant, TreeGrowth growth)
    {
        var find = Prepare("SELECT blocks FROM tree WHERE tenant = ?1").Bind(1, tenant);
        var stored = find.Step() ? find.Long(0) : -1;
        find.Reset();
        if (stored != growth.StoredBlocks)
        {
            return;
        }
        for (var i = 0; i < growth.Leaves.Count; i++)
        {
            Prepare("INSERT OR REPLACE INTO tree_block (tenant, number, leaves) VALUES (?1, ?2, ?3)")
                .Bind(1, tenant).Bind(2, growth.FirstBlock + i).BindBlob(3, growth.Leaves[i]).Run();
        }
        Span<byte> bytes = stackalloc byte[EntryHash.Size];
        foreach (var (node, hash) in growth.Nodes)
        {
            hash.CopyTo(bytes);
            Prepare("INSERT OR REPLACE INTO tree_node (tenant, level, number, hash) VALUES (?1, ?2, ?3, ?4)")
                .Bind(1, tenant).Bind(2, node.Level).Bind(3, node.Number).BindBlob(4, bytes).Run();
        }
        Prepare("INSERT OR REPLACE INTO tree (tenant, blocks, frontier) VALUES (?1, ?2, ?3)")
            .Bind(1, tenant).Bind(2, growth.Blocks).BindBlob(3, growth.Frontier).Run();
        // A purge may have taken leaves away since they were read.
        TrimTree(tenant);
    }

    /// <summary>Removes what is stored of a tree; the leaves stay with their entries.</summary>
    public void RemoveTree(int tenant)
    {
        foreach (var table in (string[])["tree", "tree_block", "tree_node"])
        {
            Prepare($"DELETE FROM {table} WHERE tenant = ?1").Bind(1, tenant).Run();
        }
    }

    /// <summary>Removes the leaves of the purged prefix from the tree; the base's frontier stands in for them.</summary>
    public void TrimTree(int tenant)
    {
        var find = Prepare("SELECT base_size FROM chain WHERE tenant = ?1").Bind(1, tenant);
        var size = find.Step() ? find.Long(0) : 0;
        find.Reset();
        if (size == 0)
        {
            return;
        }
        var (blocks, rest) = (size >> TreeBlock.Level, (int)(size & (TreeBlock.Size - 1)));
        Prepare("DELETE FROM tree_block WHERE tenant = ?1 AND number < ?2").Bind(1, tenant).Bind(2, blocks).Run();
        var cut = Prepare("SELECT leaves FROM tree_block WHERE tenant = ?1 AND number = ?2").Bind(1, tenant).Bind(2, blocks);
        var leaves = rest > 0 && cut.Step() ? cut.Bytes(0).ToArray() : [];
        cut.Reset();
        var gone = leaves.AsSpan(0, Math.Min(leaves.Length, rest * EntryHash.Size));
        if (gone.ContainsAnyExcept((byte)0))
        {
            gone.Clear();
            Prepare("UPDATE tree_block SET leaves = ?3 WHERE tenant = ?1 AND number = ?2").Bind(1, tenant).Bind(2, blocks).BindBlob(3, leaves).Run();
        }
    }
}
