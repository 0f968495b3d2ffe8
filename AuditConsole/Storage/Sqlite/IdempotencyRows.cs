using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

/// <summary>How stored answers are found, by the writer and by readers.</summary>
internal static class IdempotencyRows
{
    /// <summary>24 hours, in milliseconds.</summary>
    public const long Lifetime = 24 * 60 * 60 * 1000;

    /// <summary>Parameters: tenant, route, key, and the time after which the answer must have been made.</summary>
    public const string Find = "SELECT body_hash, answer FROM idempotency WHERE tenant = ?1 AND route = ?2 AND key = ?3 AND created_at > ?4";

    /// <summary>The answer that the bound statement finds.</summary>
    /// <exception cref="IdempotencyKeyReusedException">It was given to another body.</exception>
    public static byte[]? Read(Statement find, IdempotencyKey key)
    {
        if (!find.Step())
        {
            return null;
        }
        var sameBody = find.Bytes(0).SequenceEqual(key.BodyHash.ToArray());
        var answer = find.Bytes(1).ToArray();
        find.Reset();
        return sameBody ? answer : throw new IdempotencyKeyReusedException(key.Key);
    }
}
