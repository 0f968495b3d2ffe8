using AuditConsole.WorkOS;

namespace AuditConsole.Api;

/// <summary>The one shape of an error of every API but the WorkOS-compatible one, whose routes answer the same as <see cref="WorkOSError"/>.</summary>
/// <param name="Code">For programs, as <c>invalid_entry</c>.</param>
/// <param name="Message">For people: what happened.</param>
/// <param name="Details">Each field that is wrong.</param>
/// <param name="Notices">What decided and what to do next, each a sentence.</param>
public sealed record ApiError(string Code, string Message, IReadOnlyList<ApiErrorDetail> Details, IReadOnlyList<string> Notices)
{
    /// <summary>An answer in the shape of its route.</summary>
    public static IResult Result(
        int status, string code, string message, IReadOnlyList<ApiErrorDetail>? details = null, IReadOnlyList<string>? notices = null) =>
        new Answer(status, new ApiError(code, message, details ?? [], notices ?? []));

    private sealed class Answer(int status, ApiError error) : IResult
    {
        public Task ExecuteAsync(HttpContext context) => ApiPaths.IsWorkOS(context.Request.Path)
            ? WorkOSError.Of(status, error).ExecuteAsync(context)
            : Results.Json(error, statusCode: status, contentType: "application/json").ExecuteAsync(context);
    }
}

/// <summary>A field of the request that is wrong.</summary>
/// <param name="Field">Its place: <c>[3].actor.id</c>, a parameter's or a header's name.</param>
/// <param name="Message">What is wrong with it.</param>
public sealed record ApiErrorDetail(string Field, string Message);
