using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Reading;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.Streams;

/// <summary><c>/api/streams</c>: for programs that keep streams as configuration. A stream sends the log out, so keys need programmatic reading as for reading.</summary>
internal static class StreamEndpoints
{
    private const int MostRows = 500;
    private const int UsualRows = 100;

    private static readonly ReadParameter Limit =
        new("limit", ParameterKind.Number, "The most of them.", "20") { Least = 1, Most = MostRows, Default = UsualRows.ToString(CultureInfo.InvariantCulture) };

    private static readonly ReadParameter Failed = new("failed", ParameterKind.Choice, "With `true`, only those that failed.", "true") { Choices = ["true", "false"], Default = "false" };

    private static readonly ReadParameter Before = new("before", ParameterKind.Text, "Older than the attempt of this `id`, as the last one of the page before.", "90210");

    private static readonly ReadParameter Offset = new("offset", ParameterKind.Number, "So many are left out, the newest first.", "100") { Most = int.MaxValue, Default = "0" };

    private static readonly ReadParameter From = new("from", ParameterKind.Time, "With `replay`: an instant or a UTC day; everything where it is left out.", "2026-11-01");

    private static readonly ReadParameter Letter = new("letter", ParameterKind.Text, "With `resend`: the `id` of a dead letter; the oldest 100 that wait where it is left out.", "17") { IsRepeatable = true };

    private static readonly ReadParameter First = new("first", ParameterKind.Text, "With `redeliver`: the sequence of the first entry.", "48101");

    private static readonly ReadParameter Last = new("last", ParameterKind.Text, "With `redeliver`: the sequence of the last entry, at most 99 behind the first; the first where it is left out.", "48190");

    /// <summary>The parameters of <see cref="AttemptsAsync"/>.</summary>
    public static IReadOnlyList<ReadParameter> AttemptParameters { get; } = [Failed, Before, Limit];

    /// <summary>The parameters of <see cref="DeadLettersAsync"/>.</summary>
    public static IReadOnlyList<ReadParameter> LetterParameters { get; } = [Offset, Limit];

    /// <summary>The parameters of <see cref="ActAsync"/>.</summary>
    public static IReadOnlyList<ReadParameter> ActParameters { get; } = [From, Letter, First, Last];

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

    /// <summary><c>POST /api/streams/check</c>: a draft is tried, and not kept.</summary>
    public static Task<IResult> CheckAsync(HttpContext context, [FromServices] StreamService streams, CancellationToken cancellationToken) =>
        AnswerAsync(context, async draft => Json(StreamJson.Write(await streams.CheckAsync(OwnerOf(context), draft, null, cancellationToken))), cancellationToken);

    /// <summary><c>GET /api/streams/{id}/attempts</c>.</summary>
    public static Task<IResult> AttemptsAsync(HttpContext context, string id, [FromServices] StreamService streams, CancellationToken cancellationToken) =>
        AnswerAsync(context, AttemptParameters, async given =>
        {
            var before = given.Text(Before.Name) is { } text ? NumberOf(text) : (long?)null;
            var attempts = await streams.AttemptsAsync(OwnerOf(context), id, given.Text(Failed.Name) == "true", before, given.Number(Limit.Name) ?? UsualRows, cancellationToken);
            return Json(new JsonObject { ["data"] = new JsonArray([.. attempts.Select(StreamJson.Write)]) });
        });

    /// <summary><c>GET /api/streams/{id}/dead-letters</c>.</summary>
    public static Task<IResult> DeadLettersAsync(HttpContext context, string id, [FromServices] StreamService streams, CancellationToken cancellationToken) =>
        AnswerAsync(context, LetterParameters, async given =>
        {
            var letters = await streams.DeadLettersAsync(OwnerOf(context), id, given.Number(Offset.Name) ?? 0, given.Number(Limit.Name) ?? UsualRows, cancellationToken);
            return Json(new JsonObject { ["data"] = new JsonArray([.. letters.Select(StreamJson.Write)]) });
        });

    /// <summary><c>POST /api/streams/{id}/{act}</c>.</summary>
    public static Task<IResult> ActAsync(HttpContext context, string id, string act, [FromServices] StreamService streams, CancellationToken cancellationToken) =>
        AnswerAsync(context, ActParameters, async given =>
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
                    var letters = given.All(Letter.Name).Select(NumberOf).ToList();
                    return Json(StreamJson.Write(await streams.SendAgainAsync(owner, id, letters.Count > 0 ? letters : null, cancellationToken)));
                case "redeliver":
                    var first = given.Text(First.Name) is { } one ? NumberOf(one) : throw new RefusedException("Name the sequence of an entry: first, and last for a range.");
                    return Json(StreamJson.Write(await streams.RedeliverAsync(owner, id, first, given.Text(Last.Name) is { } end ? NumberOf(end) : first, cancellationToken)));
                case "replay":
                    await streams.ReplayAsync(owner, id, given.Time(From.Name)?.Start, cancellationToken);
                    break;
                case "cancel-replay":
                    await streams.CancelReplayAsync(owner, id, cancellationToken);
                    break;
                default:
                    return ApiErrors.NotFound(context.Request);
            }
            return Json(StreamJson.Write(await streams.GetAsync(owner, id, cancellationToken)));
        });

    private static long NumberOf(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static Task<IResult> AnswerAsync(HttpContext context, IReadOnlyList<ReadParameter> known, Func<ReadParameters, Task<IResult>> act)
    {
        var problems = new List<ApiErrorDetail>();
        var given = ReadParameters.Read(context.Request, known, problems);
        foreach (var name in new[] { Before, Letter, First, Last }.Where(known.Contains).Select(parameter => parameter.Name))
        {
            // Sequences and ids are longer than the numbers of other routes.
            if (given.All(name).Any(text => !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)) && problems.TrueForAll(problem => problem.Field != name))
            {
                problems.Add(new(name, "must be a whole number"));
            }
        }
        return problems.Count == 0
            ? AnswerAsync(() => act(given))
            : Task.FromResult(ApiError.Result(400, "invalid_parameter", "A parameter has a value that it can't have.", problems));
    }

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
