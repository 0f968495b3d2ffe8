using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Storage;

namespace AuditConsole.Exports;

/// <summary><c>GET /exports/{id}/receipt</c>: the proof of a download, rendered when it is asked for.</summary>
internal sealed partial class ReceiptEndpoint(
    ExportRecords records, ReceiptService receipts, IMemberDirectory directory, SecurityLog security, ReadRecords reads, ILogger<ReceiptEndpoint> logger)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet($"{ConsoleUrls.ExportsPath}/{{id:guid}}/receipt", (HttpContext context, Guid id, string? tenant, ReceiptEndpoint endpoint) => endpoint.HandleAsync(context, id, tenant))
        .WithName("Receipt");

    /// <summary>The name of a receipt: that of its file, and what it is.</summary>
    public static string FileName(string exported) => $"{exported}.receipt.ndjson.gz";

    private async Task<IResult> HandleAsync(HttpContext context, Guid id, string? tenant)
    {
        if (context.User.UserId() is not { } userId)
        {
            return ExportEndpoint.Refuse(context, 401, "unauthenticated", "You are not signed in any more.", [], "Sign in, then download again.");
        }
        try
        {
            if (await records.FindAsync(userId, tenant, id, context.RequestAborted) is not { } record)
            {
                return ExportEndpoint.Refuse(context, 404, "not_found", "There is no such export, or it is older than 30 days.", [], "Export again: the new file gets a receipt of its own.");
            }
            security.Write(SecurityEventKinds.Download, userId, record.TenantNumber, Client.Of(context), $"{{\"receipt\":\"{id:D}\"}}");
            // A receipt shows who did what, and of some rows the details.
            var member = await directory.RequireAsync(userId, tenant, Permission.Export, context.RequestAborted);
            await reads.NoteAsync(
                new LogRead(member.Tenant, Acting.As(member, Client.Of(context)), "console", "receipt", [new("export", id.ToString())]), null, context.RequestAborted);
            var receipt = await receipts.RenderAsync(record, context.RequestAborted);
            context.Response.Headers.CacheControl = "no-store";
            return Results.Stream(receipt, "application/gzip", FileName(record.FileName));
        }
        catch (AccessDeniedException denied)
        {
            return denied.Role is null
                ? ExportEndpoint.Refuse(context, 404, "not_found", denied.Message, [], "Choose one of your accounts in the console.")
                : ExportEndpoint.Refuse(context, 403, "forbidden", denied.Message, [], "Ask an Admin of the account for the role, or for the receipt.");
        }
        catch (RefusedException refused)
        {
            return ExportEndpoint.Refuse(context, 409, "not_signed", refused.Message, [], "The export itself is kept; its receipt can be downloaded later.");
        }
        catch (StorageException fault)
        {
            Log.Broken(logger, fault, id);
            return ExportEndpoint.Refuse(context, 500, "internal_error", "The receipt could not be made: the log can't be read, or it doesn't hold.", [], "Tell whoever runs this server; the reason is in the service's log.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The receipt of export {Id} could not be made")]
        public static partial void Broken(ILogger logger, Exception fault, Guid id);
    }
}
