using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.S3;

/// <summary>What buckets and prefixes may be called.</summary>
internal static class BucketNames
{
    /// <summary>The rule, for people.</summary>
    public const string Rule = "The name of a bucket has 3 to 63 lower-case letters, digits, dots and hyphens, and no s3:// and no folders.";

    /// <summary>Whether it is a name of a bucket.</summary>
    public static bool IsValid(string name) =>
        name.Length is >= 3 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-') && !name.Contains("..", StringComparison.Ordinal);

    /// <summary>Reports a prefix that some reader of the objects stumbles over.</summary>
    public static void RequirePrefix(SettingChecks checks, string field) => checks.Require(
        field,
        prefix => prefix.Length <= 256 && prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '=')
            && !prefix.Contains("//", StringComparison.Ordinal) && !prefix.Split('/').Any(part => part is "." or ".."),
        "A prefix has letters, digits, - _ . = and single slashes, 256 characters at most.");
}
