using System.Text.Json.Serialization;
using AuditConsole.Api;

namespace AuditConsole.WorkOS;

/// <summary>
/// An error as the routes of the WorkOS Audit Logs API answer it: <c>{message, code, errors?}</c>. Its OpenAPI
/// description has a message everywhere and a code here and there; here there is always both.
/// </summary>
/// <param name="Message">For people, and what official SDKs show: what happened and what to do.</param>
/// <param name="Code">For programs, as <c>invalid_audit_log_event</c>.</param>
/// <param name="Errors">Each place that is wrong; null where none is named.</param>
internal sealed record WorkOSError(
    string Message, string Code, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<WorkOSProblem>? Errors = null)
{
    /// <summary>The code of an event that breaks a rule.</summary>
    public const string InvalidEvent = "invalid_audit_log_event";

    /// <summary>The code of an export whose range is none.</summary>
    public const string InvalidRange = "invalid_audit_log_export_range_date";

    /// <summary>The code of a request whose members are missing or of another type.</summary>
    public const string ValidationFailed = "validation_failed";

    /// <summary>An answer.</summary>
    public static IResult Result(int status, string code, string message, IReadOnlyList<WorkOSProblem>? errors = null) =>
        Results.Json(new WorkOSError(message, code, errors), statusCode: status, contentType: "application/json");

    /// <summary>404 for an organization that isn't one of the key's tenants.</summary>
    /// <param name="organization">What was asked for.</param>
    /// <param name="status">The status, where it is another.</param>
    public static IResult OrganizationNotFound(string organization, int status = 404) =>
        new NotFound(Result(status, "organization_not_found", $"Organization not found: '{Shorten(organization)}'."));

    /// <summary>That there is no such organization.</summary>
    internal sealed class NotFound(IResult answer) : IResult
    {
        public Task ExecuteAsync(HttpContext context) => answer.ExecuteAsync(context);
    }

    /// <summary>422: members are missing or of another type.</summary>
    public static IResult Unprocessable(IReadOnlyList<WorkOSProblem> problems) =>
        Result(422, ValidationFailed, $"Validation failed: {problems[0].Field} {problems[0].Message}.", problems);

    /// <summary>What another route would answer, in this shape.</summary>
    internal static IResult Of(int status, ApiError error)
    {
        // The reference says what to do next in notices; here the message is all that an SDK shows.
        var message = string.Join(' ', [error.Message, .. error.Notices]);
        var problems = error.Details.Select(detail => new WorkOSProblem { Field = detail.Field, Code = error.Code, Message = detail.Message }).ToList();
        return Result(status, error.Code == "rate_limited" ? "rate_limit_exceeded" : error.Code, message, problems.Count == 0 ? null : problems);
    }

    private static string Shorten(string text) => text.Length <= 100 ? text : string.Concat(text.AsSpan(0, 100), "…");
}

/// <summary>A place that is wrong: named by a pointer into the event (400), or by a field of the request (422).</summary>
internal sealed record WorkOSProblem
{
    /// <summary>A JSON Pointer into the event, as <c>/targets/0/id</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyName("instancePath")]
    public string? InstancePath { get; init; }

    /// <summary>What kind of wrong, as <c>required</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Code { get; init; }

    /// <summary>The field, as <c>event.action</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Field { get; init; }

    /// <summary>What is wrong, to follow the place.</summary>
    public required string Message { get; init; }
}
