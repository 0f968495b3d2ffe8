using AuditConsole.Core;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// The nodes of a tree as a maker of proofs asks for them, from left to right: the block and the stretch of blocks
/// that the last one stood in are kept, so that a proof over many leaves reads each block once.
/// </summary>
internal sealed class SqliteTreeNodes(ReaderPool readers, int tenant) : IMerkleNodes
{
    // The subtrees over 256 blocks.
    private const int StretchLevel = 2 * TreeBlock.Level;

    private readonly Dictionary<TreeNode, EntryHash> _stretch = [];
    private long _stretchNumber = -1;
    private TreeBlock? _block;

    /// <inheritdoc/>
    public async ValueTask<EntryHash> ReadAsync(int level, long index, CancellationToken cancellationToken)
    {
        var node = new TreeNode(level, index);
        if (level < TreeBlock.Level)
        {
            var number = node.First >> TreeBlock.Level;
            if (_block?.Number != number)
            {
                _block = await readers.RunAsync(connection => new TreeReader(connection, tenant).BlockOf(number), cancellationToken);
            }
            if (_block.Node(node) is { } known)
            {
                return known;
            }
        }
        else if (level <= StretchLevel)
        {
            if (_stretchNumber != node.First >> StretchLevel)
            {
                await ReadStretchAsync(node.First >> StretchLevel, cancellationToken);
            }
            if (_stretch.TryGetValue(node, out var known))
            {
                return known;
            }
        }
        // At the edges: the frontier of the purged prefix, and what isn't filled yet.
        return await readers.RunAsync(connection => new TreeReader(connection, tenant).Find(node), cancellationToken)
            ?? throw new MerkleNodeMissingException(level, index);
    }

    private async Task ReadStretchAsync(long number, CancellationToken cancellationToken)
    {
        _stretch.Clear();
        await readers.RunAsync(
            connection =>
            {
                var reader = new TreeReader(connection, tenant);
                for (var level = TreeBlock.Level; level <= StretchLevel; level++)
                {
                    reader.ReadNodes(level, number << (StretchLevel - level), 1L << (StretchLevel - level), _stretch);
                }
                return true;
            },
            cancellationToken);
        _stretchNumber = number;
    }
}
