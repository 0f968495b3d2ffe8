using System.Buffers;
using AuditConsole.Checkpoints;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Identity;
using AuditConsole.Storage;

namespace AuditConsole.Integrity;

/// <summary>Makes what proves a single entry to anybody who has the service's public key.</summary>
internal sealed class ProofService(ITreeStore trees, CoveringCheckpoints checkpoints)
{
    /// <summary>The proof of an entry that was read from the store: one JSON object, UTF-8, as docs/proofs.md describes it.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="entry">The entry; whoever asks must have been allowed to read it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RefusedException">The service doesn't sign; the message says why.</exception>
    /// <exception cref="StorageException">The entry was changed in the database, or the tree can't be read.</exception>
    public async Task<byte[]> ProveAsync(int tenant, AuditEntry entry, CancellationToken cancellationToken)
    {
        var head = EntryHeads.Of(entry, out var details);
        var checkpoint = await checkpoints.RequireAsync(tenant, entry.Sequence, cancellationToken);
        try
        {
            var path = await MerkleProof.InclusionAsync(trees.OpenNodes(tenant), entry.Sequence - 1, checkpoint.Statement.Size, cancellationToken);
            var output = new ArrayBufferWriter<byte>();
            EntryProofFormat.Write(output, head, details, entry.Salt, path, checkpoint.Note);
            return output.WrittenSpan.ToArray();
        }
        catch (MerkleNodeMissingException fault)
        {
            throw new RefusedException($"Entry #{entry.Sequence} was purged just now, so it can't be proved any more. {fault.Message}");
        }
    }
}
