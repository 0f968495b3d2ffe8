using System.Text.Json;
using System.Text.Json.Serialization;
using AuditConsole.Api;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AuditConsole.Exports;

/// <summary><c>POST /audit-log/export</c>: the download behind the buttons of the log page.</summary>
internal sealed partial class ExportEndpoint(
    ExportService exports, ExportRecords exportRecords, SecurityLog security, ReadRecords records, IOptions<AntiforgeryOptions> antiforgery,
    ILogger<ExportEndpoint> logger)
{
    /// <summary>Where the form posts to.</summary>
    public const string Path = "/audit-log/export";

    // A form of ten short fields; the framework's own limits are made for uploads.
    private const int MostFormBytes = 64 * 1024;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Path, (HttpContext context, ExportEndpoint endpoint) => endpoint.HandleAsync(context))
        .WithFormOptions(bufferBodyLengthLimit: MostFormBytes, valueCountLimit: 64, valueLengthLimit: 8 * 1024)
        .WithMetadata(new RequireAntiforgeryTokenAttribute())
        .WithName("Export");

    private async Task HandleAsync(HttpContext context)
    {
        var answer = await RefuseOrSendAsync(context);
        if (answer is not null)
        {
            await answer.ExecuteAsync(context);
        }
    }

    // Null once the file was sent, or as much of it as could be.
    private async Task<IResult?> RefuseOrSendAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        if (context.User.UserId() is not { } userId)
        {
            return Refuse(context, 401, "unauthenticated", "You are not signed in any more.", [], "Sign in, then download again.");
        }
        if (context.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: true })
        {
            return Refuse(context, 400, "invalid_form", "The download was not asked for by this console's own page, or the page is too old.", [],
                "Reload the audit log and press the button again.");
        }
        IFormCollection form;
        try
        {
            form = await context.Request.ReadFormAsync(cancellationToken);
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException or BadHttpRequestException)
        {
            return Refuse(context, 400, "invalid_form", "The form of the download could not be read.", [], "Reload the audit log and press the button again.");
        }
        var errors = new List<ApiErrorDetail>();
        if (ExportRequest.Parse(form.ToDictionary(), antiforgery.Value.FormFieldName, errors) is not { } request)
        {
            return Refuse(context, 400, "invalid_form", "The filter of the download is not one that the audit log has.", errors,
                "Go back to the audit log, set the filter again and press Apply before you download.");
        }
        ExportPlan plan;
        try
        {
            plan = await exports.PlanAsync(userId, request, cancellationToken);
        }
        catch (AccessDeniedException denied)
        {
            return denied.Role is null
                ? Refuse(context, 404, "not_found", denied.Message, [], "Choose one of your accounts in the console.")
                : Refuse(context, 403, "forbidden", denied.Message, [], "Ask an Admin of the account for the role, or for the file.");
        }
        catch (StorageException fault)
        {
            Log.Broken(logger, fault, userId);
            return Unreadable(context);
        }
        return await SendAsync(context, plan, request, cancellationToken);
    }

    private async Task<IResult?> SendAsync(HttpContext context, ExportPlan plan, ExportRequest request, CancellationToken cancellationToken)
    {
        var count = Math.Min(plan.Count, plan.Limit);
        security.Write(
            SecurityEventKinds.Download, plan.Member.UserId, plan.Member.Tenant, Client.Of(context), Describe(request, plan, count));
        await records.NoteAsync(
            new LogRead(plan.Member.Tenant, Acting.As(plan.Member, Client.Of(context)), "console", request.Format.ToString().ToLowerInvariant(), request.Filter.Parameters()),
            null, cancellationToken);
        var response = context.Response;
        try
        {
            response.ContentType = EntryFile.ContentType(request.Format);
            response.Headers.ContentDisposition =
                $"attachment; filename=\"{ExportFileName.Of(plan.Member.TenantSlug, request, plan.Count, plan.Limit)}\"";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            var written = await exports.WriteAsync(plan, request.Format, response.Body, cancellationToken);
            if (written.Sequences.Count != count)
            {
                Log.OtherCount(logger, written.Sequences.Count, count);
            }
            await RecordAsync(plan, request, written);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Log.Abandoned(logger, plan.Member.UserId);
        }
        catch (Exception fault)
        {
            Log.Broken(logger, fault, plan.Member.UserId);
            if (!response.HasStarted)
            {
                response.Clear();
                return Unreadable(context);
            }
            // Ending in order would leave a short file that looks complete; a broken connection is a failed download.
            context.Abort();
        }
        return null;
    }

    // The file is whole and sent: that its receipt can't be kept doesn't make it wrong.
    private async Task RecordAsync(ExportPlan plan, ExportRequest request, WrittenFile written)
    {
        try
        {
            await exportRecords.AddAsync(plan, request, written, CancellationToken.None);
        }
        catch (Exception fault)
        {
            Log.NotRecorded(logger, fault, plan.Member.UserId);
        }
    }

    private static IResult Unreadable(HttpContext context) => Refuse(
        context, 500, "internal_error", "The entries could not be read, so nothing was downloaded.", [],
        "Try again; if it happens again, the fault is in the service's log.");

    internal static IResult Refuse(
        HttpContext context, int status, string code, string message, IReadOnlyList<ApiErrorDetail> details, string notice) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? new RazorComponentResult<ExportRefused>(new Dictionary<string, object?>
            {
                [nameof(ExportRefused.Message)] = message,
                [nameof(ExportRefused.Details)] = details,
                [nameof(ExportRefused.Notice)] = notice,
                [nameof(ExportRefused.IsSignedOut)] = status == 401,
            })
            { StatusCode = status }
            : ApiError.Result(status, code, message, details, [notice]);

    private static string Describe(ExportRequest request, ExportPlan plan, long count) => JsonSerializer.Serialize(
        new Download(
            request.Format, request.Filter.Parameters().ToDictionary(), plan.Snapshot, count, plan.IsCut ? plan.Count : null),
        Json);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private sealed record Download(ExportFormat Format, Dictionary<string, string> Filter, long Snapshot, long Count, long? Of);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{User} went away before the download was complete")]
        public static partial void Abandoned(ILogger logger, string user);

        [LoggerMessage(Level = LogLevel.Error, Message = "The download of {User} broke off")]
        public static partial void Broken(ILogger logger, Exception fault, string user);

        [LoggerMessage(Level = LogLevel.Error, Message = "The download of {User} could not be recorded: it has no receipt")]
        public static partial void NotRecorded(ILogger logger, Exception fault, string user);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A download holds {Written} entries where {Count} were counted: some expired meanwhile")]
        public static partial void OtherCount(ILogger logger, long written, long count);
    }
}
