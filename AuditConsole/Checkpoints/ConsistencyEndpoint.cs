using System.Buffers;
using System.Globalization;
using System.Net.Mime;
using AuditConsole.Api;
using AuditConsole.Core.Evidence;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Checkpoints;

/// <summary>
/// <c>GET /api/checkpoints/consistency</c>: the proof that the log of one signed size continues that of another one.
/// Public like the checkpoints: it consists of hashes of salted hashes.
/// </summary>
internal static class ConsistencyEndpoint
{
    public static async Task<IResult> GetAsync(
        IDbContextFactory<ConsoleDbContext> contexts, ITreeStore trees, CoveringCheckpoints checkpoints, string? tenant_id, string? from, string? to,
        CancellationToken cancellationToken)
    {
        if (tenant_id is null || !Guid.TryParseExact(tenant_id, "D", out var tenantId))
        {
            return CheckpointEndpoints.Wrong("tenant_id", tenant_id is null ? "is missing" : "is not a UUID", "Give the tenant's id and two sizes: /api/checkpoints/consistency?tenant_id=…&from=1000&to=2000");
        }
        if (!TryRead(from, out var older))
        {
            return CheckpointEndpoints.Wrong("from", "is not the size of a checkpoint", "Give the size of the older checkpoint: its second line.");
        }
        if (!TryRead(to, out var newer) || newer < older)
        {
            return CheckpointEndpoints.Wrong("to", "is not the size of a checkpoint that is as new or newer", "Give the size of the newer checkpoint: its second line.");
        }
        await using var database = await contexts.CreateDbContextAsync(cancellationToken);
        if (await database.Tenants.AsNoTracking().Where(row => row.Id == tenantId).Select(row => (int?)row.Number).SingleOrDefaultAsync(cancellationToken) is not { } tenant)
        {
            return ApiError.Result(404, "not_found", "There is no tenant of that id.");
        }
        try
        {
            if (await checkpoints.FindNewestAsync(tenant, cancellationToken) is not { } newest || newest.Statement.Size < newer)
            {
                return ApiError.Result(404, "not_found", string.Create(CultureInfo.InvariantCulture, $"Nothing was signed up to #{newer:N0}."), notices: ["A checkpoint that this service doesn't know any more was signed before a restore, or by another service."]);
            }
            var proof = await MerkleProof.ConsistencyAsync(trees.OpenNodes(tenant), older, newer, cancellationToken);
            var output = new ArrayBufferWriter<byte>();
            EntryProofFormat.WriteConsistency(output, older, newer, proof);
            return Results.Bytes(output.WrittenMemory, MediaTypeNames.Application.Json);
        }
        catch (MerkleNodeMissingException)
        {
            return ApiError.Result(404, "not_found", string.Create(CultureInfo.InvariantCulture, $"#{older:N0} lies in the beginning of the log, which was purged with its leaves."), notices: ["Proofs begin where the log begins now. Keep the ones that you were given."]);
        }
    }

    private static bool TryRead(string? text, out long size) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size >= 1;
}
