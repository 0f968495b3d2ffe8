namespace AuditConsole.Api;

/// <summary>Tells the routes of programs from the pages of people.</summary>
public static class ApiPaths
{
    /// <summary>Where the routes of the WorkOS Audit Logs API begin; errors there have WorkOS's shape.</summary>
    private static readonly PathString[] WorkOS = ["/audit_logs", "/organizations", "/portal/generate_link"];

    /// <summary>Whether an answer to this request must be JSON, errors included.</summary>
    public static bool IsApi(this HttpRequest request) =>
        IsApi(request.Path);

    /// <summary>Whether a path is a program's.</summary>
    public static bool IsApi(PathString path) => path.StartsWithSegments("/api") || path.StartsWithSegments("/v1") || IsWorkOS(path);

    /// <summary>Whether a path is one of the WorkOS Audit Logs API.</summary>
    public static bool IsWorkOS(PathString path) => WorkOS.Any(prefix => path.StartsWithSegments(prefix));
}
