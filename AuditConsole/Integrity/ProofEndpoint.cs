using AuditConsole.Api;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Retention;
using AuditConsole.Storage;

namespace AuditConsole.Integrity;

/// <summary><c>GET /audit-log/{sequence}/proof</c>: what "Copy proof" copies.</summary>
internal static class ProofEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/audit-log/{sequence:long}/proof", HandleAsync).WithName("Proof");

    private static async Task<IResult> HandleAsync(
        HttpContext context, long sequence, string? tenant, IMemberDirectory directory, ReadScopes scopes, IEntryStore store, ProofService proofs, ReadRecords records,
        CancellationToken cancellationToken)
    {
        if (context.User.UserId() is not { } userId)
        {
            return ApiError.Result(401, "unauthenticated", "You are not signed in any more.");
        }
        try
        {
            var member = await directory.RequireAsync(userId, tenant, Permission.ReadLog, cancellationToken);
            var entry = await store.FindAsync(await scopes.OfAsync(member.Tenant, cancellationToken), sequence, cancellationToken);
            context.Response.Headers.CacheControl = "no-store";
            if (entry is null)
            {
                return ApiError.Result(404, "not_found", "There is no such entry, or it has expired.");
            }
            await records.NoteAsync(new LogRead(member.Tenant, Acting.As(member, Client.Of(context)), "proof", null, [new("id", entry.Id.ToString())]), [entry], cancellationToken);
            return Results.Bytes(await proofs.ProveAsync(member.Tenant, entry, cancellationToken), "application/json");
        }
        catch (AccessDeniedException denied)
        {
            return ApiError.Result(404, "not_found", denied.Message);
        }
        catch (RefusedException refused)
        {
            return ApiError.Result(409, "not_signed", refused.Message);
        }
        catch (StorageException)
        {
            return ApiError.Result(500, "storage_error", "The entry can't be proved: the log can't be read, or it doesn't hold.");
        }
    }
}
