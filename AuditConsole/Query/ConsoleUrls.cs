namespace AuditConsole.Query;

/// <summary>The one place where links of the console are written.</summary>
public static partial class ConsoleUrls
{
    /// <summary>The log.</summary>
    public const string AuditLogPath = "/audit-log";

    /// <summary>Keys of programs.</summary>
    public const string ApiKeysPath = "/api-keys";

    /// <summary>People and roles.</summary>
    public const string MembersPath = "/members";

    /// <summary>Where a form posts to end the session.</summary>
    public const string SignOut = "/sign-out";

    /// <summary>A page in a tenant.</summary>
    /// <param name="path">The page.</param>
    /// <param name="tenant">The tenant's slug; null for the person's first.</param>
    public static string Of(string path, string? tenant) => tenant is null ? path : $"{path}?tenant={Uri.EscapeDataString(tenant)}";

    /// <summary>The newest entries of a tenant.</summary>
    public static string AuditLog(string? tenant) => Of(AuditLogPath, tenant);

    /// <summary>What the log knows of one resource.</summary>
    /// <param name="tenant">The tenant's slug.</param>
    /// <param name="type">The entity type of the wire.</param>
    /// <param name="slug">The slug, or the id where there is none.</param>
    public static string Entity(string? tenant, string type, string slug) =>
        Of($"/entities/{Uri.EscapeDataString(type)}/{Uri.EscapeDataString(slug)}", tenant);
}
