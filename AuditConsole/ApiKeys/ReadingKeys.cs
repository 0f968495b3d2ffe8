using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;

namespace AuditConsole.ApiKeys;

/// <summary>Keys that read end with the membership of who made them; producers' keys don't.</summary>
internal static class ReadingKeys
{
    /// <summary>Whether a scope takes entries out.</summary>
    public static bool IsReading(string scope) => Access.PermissionOf(scope) is { } permission && Access.Reads(permission);

    /// <summary>The reading keys that a member made and that aren't revoked.</summary>
    public static IReadOnlyList<ApiKey> Of(ConsoleDbContext context, int tenant, string userId) =>
        [.. context.ApiKeys.Where(key => key.TenantNumber == tenant && key.CreatedBy == userId && key.RevokedAt == null).OrderBy(key => key.Id)
            .AsEnumerable().Where(key => key.Scopes.Split(' ').All(IsReading))];

    /// <summary>What the log says of their end.</summary>
    public static IEnumerable<ServiceEntry> Entries(IEnumerable<ApiKey> keys) =>
        keys.Select(key => new ServiceEntry("ApiKeyRevoked", ApiKeyService.AsResource(key), ApiKeyService.Facts(key)));

    /// <summary>Ends them.</summary>
    /// <returns>False where they aren't those that were expected.</returns>
    public static bool End(ConsoleDbContext context, int tenant, string userId, IReadOnlyList<ApiKey> expected, string by, DateTimeOffset now)
    {
        var keys = Of(context, tenant, userId);
        foreach (var key in keys)
        {
            (key.RevokedAt, key.RevokedBy) = (now, by);
        }
        return keys.Select(key => key.Id).SequenceEqual(expected.Select(key => key.Id));
    }
}
