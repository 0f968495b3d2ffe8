using AuditConsole.Api;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Integrity;
using AuditConsole.Query;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.Reading;

/// <summary>The routes by which programs read.</summary>
internal static class ReadEndpoints
{
    /// <summary><c>GET /api/audit-log</c>.</summary>
    public static async Task<IResult> ListAsync(
        HttpContext context, [FromServices] LogReading reading, [FromServices] ReadRecords records, [FromServices] KeyCallers callers, [FromServices] SecurityLog security,
        CancellationToken cancellationToken)
    {
        var format = ReadFormats.Of(context.Request);
        var problems = new List<ApiErrorDetail>();
        var query = ReadQuery.Parse(context.Request, format, problems);
        if (problems.Count > 0)
        {
            return InvalidParameter(problems);
        }
        return await GuardAsync(async () =>
        {
            var key = context.Key();
            if (format == ReadFormat.Json)
            {
                var page = await reading.ReadAsync(key, query, () => AgainAsync(context, callers, cancellationToken), cancellationToken);
                await records.NoteAsync(ReadOf(context, null, query.List()), page.Entries, cancellationToken);
                return new PageJson(page, PageJson.Wire);
            }
            await records.NoteAsync(ReadOf(context, format.ToString().ToLowerInvariant(), query.List()), null, cancellationToken);
            security.Write(SecurityEventKinds.Download, key.Id, key.Tenant.Tenant, Client.Of(context), $"{format} {context.Request.QueryString}");
            return new EntryStreamResult(format, await reading.ReadAllAsync(key, query, cancellationToken));
        });
    }

    /// <summary><c>GET /api/audit-log/{id}</c>.</summary>
    public static async Task<IResult> GetAsync(
        HttpContext context, string id, [FromServices] LogReading reading, [FromServices] ReadRecords records, [FromServices] ProofService proofs, CancellationToken cancellationToken)
    {
        var problems = new List<ApiErrorDetail>();
        ReadParameters.Read(context.Request, [Proof], problems);
        if (problems.Count > 0)
        {
            return InvalidParameter(problems);
        }
        return await GuardAsync(async () =>
        {
            if (!Guid.TryParseExact(id, "D", out var guid) || await reading.FindAsync(context.Key(), guid, cancellationToken) is not { } entry)
            {
                return ApiError.Result(404, "not_found", "There is no such entry in this account's log.",
                    notices: ["An entry's id is a UUID, as pages of the log give it. Entries that have expired can't be read."]);
            }
            await records.NoteAsync(ReadOf(context, null, [new("id", entry.Id.ToString())]), [entry], cancellationToken);
            return context.Request.Query["proof"] == "true" ? await ProveAsync(context, entry, proofs, cancellationToken) : new EntryResult(entry);
        });
    }

    internal static readonly ReadParameter Proof = new("proof", ParameterKind.Choice, "Whether to give the entry's proof in the place of its wire form (docs/proofs.md).", "true") { Choices = ["true", "false"] };

    private static async Task<IResult> ProveAsync(HttpContext context, Core.AuditEntry entry, ProofService proofs, CancellationToken cancellationToken)
    {
        try
        {
            return Results.Bytes(await proofs.ProveAsync(context.Key().Tenant.Tenant, entry, cancellationToken), "application/json");
        }
        catch (RefusedException refused)
        {
            return ApiError.Result(409, "not_signed", refused.Message);
        }
    }

    /// <summary><c>GET /v1/audit-log</c>.</summary>
    public static async Task<IResult> ListV1Async(
        HttpContext context, [FromServices] LogReading reading, [FromServices] ReadRecords records, [FromServices] KeyCallers callers, CancellationToken cancellationToken)
    {
        if (KeyRequirement.TenantAsked(context.Request) is null)
        {
            return ApiError.Result(400, "invalid_header", $"The header {ApiKeyPolicies.TenantHeader} is missing.",
                [new ApiErrorDetail(ApiKeyPolicies.TenantHeader, "is missing")], [$"Send the account's id: {context.Key().Tenant.TenantId} for this key."]);
        }
        var problems = new List<ApiErrorDetail>();
        var query = ReadQuery.ParseV1(context.Request, problems);
        if (problems.Count > 0)
        {
            return InvalidParameter(problems);
        }
        return await GuardAsync(async () =>
        {
            var page = await reading.ReadAsync(context.Key(), query, () => AgainAsync(context, callers, cancellationToken), cancellationToken);
            await records.NoteAsync(ReadOf(context, null, query.List()), page.Entries, cancellationToken);
            return new PageJson(page, PageJson.V1);
        });
    }

    private static IResult InvalidParameter(List<ApiErrorDetail> problems) => ApiError.Result(
        400, "invalid_parameter", $"The parameter {problems[0].Field} {problems[0].Message}.", problems, ["Nothing was read. Correct it and ask again."]);

    private static async Task<IResult> GuardAsync(Func<Task<IResult>> read)
    {
        try
        {
            return await read();
        }
        catch (InvalidCursorException)
        {
            return ApiError.Result(400, "invalid_cursor", "The cursor isn't one of this list.", [new ApiErrorDetail("cursor", "was changed, or belongs to another filter, order or account")],
                ["Use a next_cursor with the filter and order that it was given for, or start again without one."]);
        }
        catch (DeniedException denied)
        {
            return denied.Answer;
        }
        catch (StorageException)
        {
            return ApiError.Result(500, "storage_error", "The entries could not be read from disk.",
                notices: ["Ask again; the service's log tells the operator what failed."]);
        }
    }

    private static async Task AgainAsync(HttpContext context, KeyCallers callers, CancellationToken cancellationToken)
    {
        var decision = await callers.DecideAgainAsync(context.Key(), Permission.ReadLog, context.Connection.RemoteIpAddress, cancellationToken);
        if (!decision.IsAllowed)
        {
            throw new DeniedException(ApiError.Result(decision.Code == "unauthenticated" ? 401 : 403, decision.Code!, decision.Message, notices: decision.Notices));
        }
    }

    private static LogRead ReadOf(HttpContext context, string? format, IEnumerable<KeyValuePair<string, string>> filter)
    {
        var key = context.Key();
        var by = new Acting(new Actor(Actor.ApiKeyType, key.Id, key.Name), $"key:{key.Id}", Client.Of(context));
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        return new LogRead(key.Tenant.Tenant, by, $"GET {route}", format, filter);
    }

    private static KeyCaller Key(this HttpContext context) =>
        context.Features.Get<KeyCaller>() ?? throw new InvalidOperationException("This route is for keys alone.");

    private sealed class DeniedException(IResult answer) : Exception("The key may not read any more.")
    {
        public IResult Answer => answer;
    }
}
