namespace AuditConsole.Api;

/// <summary>Tells the routes of programs from the pages of people.</summary>
public static class ApiPaths
{
    /// <summary>Whether an answer to this request must be JSON, errors included.</summary>
    public static bool IsApi(this HttpRequest request) =>
        IsApi(request.Path);

    /// <summary>Whether a path is a program's.</summary>
    public static bool IsApi(PathString path) => path.StartsWithSegments("/api") || path.StartsWithSegments("/v1");
}
