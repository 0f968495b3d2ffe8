using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using AuditConsole.Streams;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.ScheduledExports;

/// <summary><c>/api/scheduled-exports</c>: for programs that keep exports as configuration, and the downloads of the console.</summary>
internal static class ScheduledExportEndpoints
{
    /// <summary>Says that a downloaded file isn't byte for byte the one that the manifest names.</summary>
    public const string DiffersHeader = "X-Differs-From-Manifest";

    private const int MostRuns = 500;

    /// <summary><c>GET /api/scheduled-exports</c>.</summary>
    public static async Task<IResult> ListAsync(HttpContext context, [FromServices] ScheduledExportService exports, CancellationToken cancellationToken)
    {
        var all = await exports.ListAsync(OwnerOf(context), cancellationToken);
        return Json(new JsonObject { ["data"] = new JsonArray([.. all.Select(ScheduledExportJson.Write)]) });
    }

    /// <summary><c>GET /api/scheduled-exports/{id}</c>.</summary>
    public static Task<IResult> GetAsync(HttpContext context, string id, [FromServices] ScheduledExportService exports, CancellationToken cancellationToken) =>
        AnswerAsync(async () => Json(ScheduledExportJson.Write(await exports.GetAsync(OwnerOf(context), id, cancellationToken))));

    /// <summary><c>POST /api/scheduled-exports</c>.</summary>
    public static Task<IResult> AddAsync(HttpContext context, [FromServices] ScheduledExportService exports, CancellationToken cancellationToken) =>
        AnswerAsync(context, async draft =>
        {
            var added = await exports.AddAsync(OwnerOf(context), draft, cancellationToken);
            return Json(new JsonObject { ["id"] = added.Id, ["generated"] = JsonSerializer.SerializeToNode(added.Generated) }, StatusCodes.Status201Created);
        }, cancellationToken);

    /// <summary><c>PUT /api/scheduled-exports/{id}</c>.</summary>
    public static Task<IResult> ChangeAsync(HttpContext context, string id, [FromServices] ScheduledExportService exports, CancellationToken cancellationToken) =>
        AnswerAsync(context, async draft =>
        {
            await exports.ChangeAsync(OwnerOf(context), id, draft, cancellationToken);
            return Json(ScheduledExportJson.Write(await exports.GetAsync(OwnerOf(context), id, cancellationToken)));
        }, cancellationToken);

    /// <summary><c>DELETE /api/scheduled-exports/{id}</c>.</summary>
    public static Task<IResult> DeleteAsync(HttpContext context, string id, [FromServices] ScheduledExportService exports, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            await exports.DeleteAsync(OwnerOf(context), id, cancellationToken);
            return Json(new JsonObject { ["id"] = id, ["deleted"] = true });
        });

    /// <summary><c>POST /api/scheduled-exports/{id}/{act}</c>.</summary>
    public static Task<IResult> ActAsync(HttpContext context, string id, string act, [FromServices] ScheduledExportService exports, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            var owner = OwnerOf(context);
            switch (act)
            {
                case "check":
                    return Json(StreamJson.Write(await exports.CheckAsync(owner, null, id, cancellationToken)));
                case "pause":
                    await exports.PauseAsync(owner, id, cancellationToken);
                    break;
                case "resume":
                    await exports.ResumeAsync(owner, id, cancellationToken);
                    break;
                case "run":
                    await exports.RunNowAsync(owner, id, cancellationToken);
                    break;
                default:
                    return ApiErrors.NotFound(context.Request);
            }
            return Json(ScheduledExportJson.Write(await exports.GetAsync(owner, id, cancellationToken)));
        });

    /// <summary><c>GET /api/scheduled-exports/{id}/runs</c>.</summary>
    public static Task<IResult> RunsAsync(HttpContext context, string id, [FromServices] ScheduledExportService exports, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            var before = context.Request.Query["before"].ToString();
            if (before.Length > 0 && StreamJson.ReadTime(before) is null)
            {
                return ApiError.Result(400, "invalid_parameter", "A parameter has a value that it can't have.", [new("before", "must be an instant, as 2026-11-21T16:42:07Z, or a UTC day")]);
            }
            var runs = await exports.RunsAsync(OwnerOf(context), id, before.Length > 0 ? StreamJson.ReadTime(before) : null, MostRuns, cancellationToken);
            return Json(new JsonObject { ["data"] = new JsonArray([.. runs.Select(ScheduledExportJson.Write)]) });
        });

    /// <summary><c>GET /api/scheduled-exports/{id}/runs/{run}/manifest</c>.</summary>
    public static Task<IResult> ManifestAsync(
        HttpContext context, string id, string run, [FromServices] ScheduledExportDownloads downloads, CancellationToken cancellationToken) =>
        AnswerAsync(async () => Results.Text(await downloads.ManifestAsync(OwnerOf(context).Tenant, id, RunOf(run), cancellationToken), "application/json"));

    /// <summary><c>GET /api/scheduled-exports/{id}/runs/{run}/parts/{number}</c>.</summary>
    public static Task<IResult> PartAsync(
        HttpContext context, string id, string run, string number, [FromServices] ScheduledExportDownloads downloads, CancellationToken cancellationToken) =>
        DownloadAsync(context, id, run, number, isReceipt: false, downloads, cancellationToken);

    /// <summary><c>GET /api/scheduled-exports/{id}/runs/{run}/parts/{number}/receipt</c>.</summary>
    public static Task<IResult> ReceiptAsync(
        HttpContext context, string id, string run, string number, [FromServices] ScheduledExportDownloads downloads, CancellationToken cancellationToken) =>
        DownloadAsync(context, id, run, number, isReceipt: true, downloads, cancellationToken);

    /// <summary><c>GET /scheduled-exports/{id}/runs/{run}/…</c>, for people: the manifest, a part, or its receipt.</summary>
    public static async Task<IResult> OfPeopleAsync(
        HttpContext context, string id, Guid run, int? number, bool isReceipt, string? tenant, ScheduledExportDownloads downloads, IMemberDirectory directory)
    {
        var cancellationToken = context.RequestAborted;
        if (context.User.UserId() is not { } userId)
        {
            return ExportEndpoint.Refuse(context, 401, "unauthenticated", "You are not signed in any more.", [], "Sign in, then download again.");
        }
        try
        {
            var member = await directory.RequireAsync(userId, tenant, Permission.ViewScheduledExports, cancellationToken);
            return number is { } part
                ? Send(context, await downloads.RenderAsync(member.Tenant, Acting.As(member, Client.Of(context)), "console", id, run, part, isReceipt, cancellationToken))
                : Results.File(ExportManifest.Bytes(await downloads.ManifestAsync(member.Tenant, id, run, cancellationToken)), "application/json", "manifest.json");
        }
        catch (AccessDeniedException denied)
        {
            return denied.Role is null
                ? ExportEndpoint.Refuse(context, 404, "not_found", denied.Message, [], "Choose one of your accounts in the console.")
                : ExportEndpoint.Refuse(context, 403, "forbidden", denied.Message, [], "Ask an Admin of the account for the role, or for the file.");
        }
        catch (RefusedException refused)
        {
            return ExportEndpoint.Refuse(context, 404, "not_found", refused.Message, [], "Open the scheduled export in the console, and download from its runs.");
        }
        catch (StorageException)
        {
            return ExportEndpoint.Refuse(context, 500, "internal_error", "The file could not be made: the log can't be read, or it doesn't hold.", [], "Tell whoever runs this server; the reason is in the service's log.");
        }
    }

    private static Task<IResult> DownloadAsync(
        HttpContext context, string id, string run, string number, bool isReceipt, ScheduledExportDownloads downloads, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            var owner = OwnerOf(context);
            return Send(context, await downloads.RenderAsync(owner.Tenant, owner.By, "/api/scheduled-exports", id, RunOf(run), NumberOf(number), isReceipt, cancellationToken));
        });

    // What is no id of a run, or no number, names none.
    private static Guid RunOf(string text) => Guid.TryParseExact(text, "D", out var run) ? run : throw new RefusedException(ScheduledExportService.Unknown);

    private static int NumberOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new RefusedException(ScheduledExportService.Unknown);

    private static IResult Send(HttpContext context, DownloadedFile file)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers[DiffersHeader] = file.Differs ? "true" : "false";
        return Results.Stream(file.Content, "application/gzip", file.Name);
    }

    private static StreamOwner OwnerOf(HttpContext context)
    {
        var key = context.Features.Get<KeyCaller>() ?? throw new InvalidOperationException("This route is for keys alone.");
        return new StreamOwner(key.Tenant.Tenant, key.Tenant.TenantId, new Acting(new Actor(Actor.ApiKeyType, key.Id, key.Name), $"key:{key.Id}", Client.Of(context)));
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, Func<ScheduledExportDraft, Task<IResult>> act, CancellationToken cancellationToken)
    {
        if (!AppendEndpoint.IsJson(context.Request) || context.Request.Headers.ContentEncoding.Count > 0)
        {
            return ApiErrors.UnsupportedMediaType(context.Request);
        }
        using var body = await RequestBody.ReadAsync(context.Request, cancellationToken);
        return body is null ? ApiErrors.TooLarge() : await AnswerAsync(() => act(ScheduledExportJson.ReadDraft(body.Bytes)));
    }

    private static async Task<IResult> AnswerAsync(Func<Task<IResult>> act)
    {
        try
        {
            return await act();
        }
        catch (InvalidScheduledExportException invalid)
        {
            return ApiError.Result(
                422, "invalid_scheduled_export", "The scheduled export can't be so. Nothing was changed.", [.. invalid.Problems.Select(problem => new ApiErrorDetail(problem.Field, problem.Message))]);
        }
        catch (RefusedException unknown) when (unknown.Message == ScheduledExportService.Unknown)
        {
            return ApiError.Result(404, "not_found", unknown.Message);
        }
        catch (RefusedException refused)
        {
            return ApiError.Result(422, "refused", refused.Message);
        }
        catch (StorageException)
        {
            return ApiError.Result(500, "storage_error", "It could not be read or written.", notices: ["Nothing was changed. Send it again."]);
        }
    }

    private static IResult Json(JsonObject json, int status = StatusCodes.Status200OK) => Results.Text(json.ToJsonString(), "application/json", statusCode: status);
}
