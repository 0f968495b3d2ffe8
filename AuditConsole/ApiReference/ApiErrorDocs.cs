namespace AuditConsole.ApiReference;

/// <summary>Errors that several routes share.</summary>
internal static class ApiErrorDocs
{
    /// <summary>What every route for keys may answer.</summary>
    public static readonly IReadOnlyList<ApiErrorDoc> Keys =
    [
        new(400, "invalid_header", "A header is missing or can't be read, or the request carries two different keys."),
        new(400, "invalid_request", "The request could not be read as HTTP."),
        new(401, "unauthenticated", "The key is missing, unknown, expired or revoked, or the member who made it has left."),
        new(403, "tenant_mismatch", "The key belongs to another account than X-Tenant-ID names."),
        new(403, "forbidden", "The key lacks the scope, its maker the role, or its list the address."),
        new(429, "rate_limited", "Too many requests a minute. Retry-After says how many seconds to wait."),
        new(500, "internal_error", "The service failed at this request."),
        new(500, "storage_error", "The disk failed or is full."),
    ];

    /// <summary>What every route that reads may answer.</summary>
    public static readonly IReadOnlyList<ApiErrorDoc> Reading =
    [
        .. Keys,
        new(400, "invalid_parameter", "A parameter is unknown, or has a value that it can't have. details names it."),
        new(403, "session_required", "Programmatic reading is off for this account. notices says who can turn it on."),
    ];

    /// <summary>What every list may answer.</summary>
    public static readonly IReadOnlyList<ApiErrorDoc> Lists =
    [
        .. Reading, new(400, "invalid_cursor", "The cursor was changed, or belongs to another filter, order or account."),
    ];
}
