using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.Streams;

/// <summary><c>/api/streams</c>: for programs that keep streams as configuration. A stream sends the log out, so keys need programmatic reading as for reading.</summary>
internal static class StreamEndpoints
{
    /// <summary><c>GET /api/streams</c>.</summary>
    public static async Task<IResult> ListAsync(HttpContext context, [FromServices] StreamService streams, CancellationToken cancellationToken)
    {
        var all = await streams.ListAsync(OwnerOf(context), cancellationToken);
        return Json(new JsonObject { ["data"] = new JsonArray([.. all.Select(StreamJson.Write)]) });
    }

    /// <summary><c>GET /api/streams/{id}</c>.</summary>
    public static Task<IResult> GetAsync(HttpContext context, string id, [FromServices] StreamService streams, CancellationToken cancellationToken) =>
        AnswerAsync(async () => Json(StreamJson.Write(await streams.GetAsync(OwnerOf(context), id, cancellationToken))));

    /// <summary><c>POST /api/streams</c>.</summary>
    public static Task<IResult> AddAsync(HttpContext context, [FromServices] StreamService streams, CancellationToken cancellationToken) =>
        AnswerAsync(context, async draft =>
        {
            var added = await streams.AddAsync(OwnerOf(context), draft, cancellationToken);
            return Json(new JsonObject { ["id"] = added.Id, ["generated"] = JsonSerializer.SerializeToNode(added.Generated) }, StatusCodes.Status201Created);
        }, cancellationToken);

    /// <summary><c>PUT /api/streams/{id}</c>.</summary>
    public static Task<IResult> ChangeAsync(HttpContext context, string id, [FromServices] StreamService streams, CancellationToken cancellationToken) =>
        AnswerAsync(context, async draft =>
        {
            await streams.ChangeAsync(OwnerOf(context), id, draft, cancellationToken);
            return Json(StreamJson.Write(await streams.GetAsync(OwnerOf(context), id, cancellationToken)));
        }, cancellationToken);

    /// <summary><c>DELETE /api/streams/{id}</c>.</summary>
    public static Task<IResult> DeleteAsync(HttpContext context, string id, [FromServices] StreamService streams, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            await streams.DeleteAsync(OwnerOf(context), id, cancellationToken);
            return Json(new JsonObject { ["id"] = id, ["deleted"] = true });
        });

    /// <summary><c>POST /api/streams/{id}/{act}</c>, with <c>?from=</c> for a replay.</summary>
    public static Task<IResult> ActAsync(HttpContext context, string id, string act, [FromServices] StreamService streams, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            var owner = OwnerOf(context);
            switch (act)
            {
                case "check":
                    return Json(StreamJson.Write(await streams.CheckAsync(owner, null, id, cancellationToken)));
                case "pause":
                    await streams.PauseAsync(owner, id, cancellationToken);
                    break;
                case "resume":
                    await streams.ResumeAsync(owner, id, cancellationToken);
                    break;
                case "skip":
                    return Json(new JsonObject { ["skipped"] = await streams.SkipAsync(owner, id, cancellationToken) });
                case "rotate":
                    return Json(new JsonObject { ["secret"] = await streams.RotateAsync(owner, id, null, cancellationToken) });
                case "resend":
                    var sent = await streams.SendAgainAsync(owner, id, null, cancellationToken);
                    return Json(new JsonObject { ["data"] = new JsonArray([.. sent.Select(one => new JsonObject { ["sequence"] = one.Sequence, ["outcome"] = StreamJson.Write(one.Outcome) })]) });
                case "replay":
                    var from = context.Request.Query["from"].ToString();
                    if (from.Length > 0 && StreamJson.ReadTime(from) is null)
                    {
                        return ApiError.Result(400, "invalid_parameter", "A parameter has a value that it can't have.", [new("from", "must be an instant, as 2026-11-21T16:42:07Z, or a UTC day")]);
                    }
                    await streams.ReplayAsync(owner, id, from.Length > 0 ? StreamJson.ReadTime(from) : null, cancellationToken);
                    break;
                default:
                    return ApiErrors.NotFound(context.Request);
            }
            return Json(StreamJson.Write(await streams.GetAsync(owner, id, cancellationToken)));
        });

    private static StreamOwner OwnerOf(HttpContext context)
    {
        var key = context.Features.Get<KeyCaller>() ?? throw new InvalidOperationException("This route is for keys alone.");
        return new StreamOwner(key.Tenant.Tenant, key.Tenant.TenantId, new Acting(new Actor(Actor.ApiKeyType, key.Id, key.Name), $"key:{key.Id}", Client.Of(context)));
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, Func<StreamDraft, Task<IResult>> act, CancellationToken cancellationToken)
    {
        if (!AppendEndpoint.IsJson(context.Request) || context.Request.Headers.ContentEncoding.Count > 0)
        {
            return ApiErrors.UnsupportedMediaType(context.Request);
        }
        using var body = await RequestBody.ReadAsync(context.Request, cancellationToken);
        return body is null ? ApiErrors.TooLarge() : await AnswerAsync(() => act(StreamJson.ReadDraft(body.Bytes)));
    }

    private static async Task<IResult> AnswerAsync(Func<Task<IResult>> act)
    {
        try
        {
            return await act();
        }
        catch (InvalidStreamException invalid)
        {
            return ApiError.Result(422, "invalid_stream", "The stream can't be so. Nothing was changed.", [.. invalid.Problems.Select(problem => new ApiErrorDetail(problem.Field, problem.Message))]);
        }
        catch (RefusedException unknown) when (unknown.Message == StreamService.Unknown)
        {
            return ApiError.Result(404, "not_found", unknown.Message);
        }
        catch (RefusedException refused)
        {
            return ApiError.Result(422, "refused", refused.Message);
        }
        catch (Storage.StorageException)
        {
            return ApiError.Result(500, "storage_error", "It could not be written to disk.", notices: ["Nothing was changed. Send it again."]);
        }
    }

    private static IResult Json(JsonObject json, int status = StatusCodes.Status200OK) => Results.Text(json.ToJsonString(), "application/json", statusCode: status);
}
