using System.Globalization;
using System.Text.Json;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Retention;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.WorkOS;

/// <summary>The routes under <c>/organizations/{id}</c>.</summary>
internal static class RetentionEndpoints
{
    /// <summary>The fewest days that the API sets.</summary>
    public const int LeastDays = 30;

    /// <summary>The most days that the API sets.</summary>
    public const int MostDays = 3650;

    /// <summary><c>GET /organizations/{id}/audit_logs_retention</c>: what was decided, though a shorter one begins a week later.</summary>
    public static async Task<IResult> GetAsync(
        HttpContext context, string id, [FromServices] Organizations organizations, [FromServices] RetentionService retention, CancellationToken cancellationToken)
    {
        var (caller, refusal) = await organizations.EnterAsync(context, id, Permission.ManageRetention, cancellationToken);
        return caller is null ? refusal! : Answer(await retention.DaysOfAsync(caller.Tenant.Tenant, cancellationToken));
    }

    /// <summary><c>PUT /organizations/{id}/audit_logs_retention</c>.</summary>
    public static async Task<IResult> SetAsync(
        HttpContext context, string id, [FromServices] Organizations organizations, [FromServices] RetentionService retention, CancellationToken cancellationToken)
    {
        var (caller, refusal) = await organizations.EnterAsync(context, id, Permission.ManageRetention, cancellationToken);
        if (caller is null)
        {
            return refusal!;
        }
        if (!AppendEndpoint.IsJson(context.Request) || context.Request.Headers.ContentEncoding.Count > 0)
        {
            return ApiErrors.UnsupportedMediaType(context.Request);
        }
        using var body = await RequestBody.ReadAsync(context.Request, cancellationToken);
        if (body is null)
        {
            return ApiErrors.TooLarge();
        }
        using var document = WorkOSBody.Read(body.Bytes, out var unreadable);
        if (document is null)
        {
            return unreadable!;
        }
        if (FindDays(document.RootElement, out var period, out var problem) is not { } days)
        {
            return WorkOSError.Unprocessable([problem!]);
        }
        await retention.SetAsync(
            caller.Tenant.Tenant, days, new Actor(Actor.ApiKeyType, caller.Id, caller.Name), $"key:{caller.Id}", cancellationToken);
        return Answer(days, period);
    }

    /// <summary><c>GET /organizations/{id}/audit_log_configuration</c>.</summary>
    public static async Task<IResult> ConfigurationAsync(
        HttpContext context, string id, [FromServices] Organizations organizations, [FromServices] RetentionService retention, CancellationToken cancellationToken)
    {
        var (caller, refusal) = await organizations.EnterAsync(context, id, Permission.ManageRetention, cancellationToken);
        return caller is null
            ? refusal!
            : Results.Json(new Dictionary<string, object>
            {
                ["organization_id"] = caller.Tenant.ExternalId ?? caller.Tenant.TenantId.ToString(),
                ["retention_period_in_days"] = await retention.DaysOfAsync(caller.Tenant.Tenant, cancellationToken),
                ["state"] = "active",
            });
    }

    /// <summary>The days: <c>retention_period_in_days</c>, or the <c>retention_period</c> of newer SDKs, as <c>1_MONTH</c> (30 days) or <c>2_YEARS</c> (730).</summary>
    private static int? FindDays(JsonElement body, out string? period, out WorkOSProblem? problem)
    {
        const string name = "retention_period_in_days";
        (period, problem) = (null, null);
        double? days = null;
        if (EventMapping.Find(body, name) is { } number)
        {
            days = number.ValueKind == JsonValueKind.Number && number.TryGetDouble(out var read) ? read : double.NaN;
        }
        else if (EventMapping.Find(body, "retention_period") is { } given)
        {
            period = given.ValueKind == JsonValueKind.String ? EventMapping.TextOf(given) : null;
            days = period?.Split('_') is [var count, var unit]
                && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var times)
                    ? unit switch { "MONTH" or "MONTHS" => times * 30.0, "YEAR" or "YEARS" => times * 365.0, _ => double.NaN }
                    : double.NaN;
        }
        if (days is { } whole && whole == Math.Floor(whole) && whole is >= LeastDays and <= MostDays)
        {
            return (int)whole;
        }
        problem = days is null
            ? new WorkOSProblem { Code = "required", Field = name, Message = "is missing" }
            : new WorkOSProblem { Code = "invalid", Field = name, Message = $"must be an integer from {LeastDays} to {MostDays}" };
        return null;
    }

    // Whoever asked with a period reads it from the answer again.
    private static IResult Answer(int days, string? period = null) => Results.Json(period is null
        ? new Dictionary<string, object> { ["retention_period_in_days"] = days }
        : new Dictionary<string, object> { ["retention_period_in_days"] = days, ["retention_period"] = period });
}
