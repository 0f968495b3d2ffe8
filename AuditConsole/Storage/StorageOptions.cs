using Microsoft.Extensions.Options;

namespace AuditConsole.Storage;

/// <summary>Where everything is kept: the section <c>Storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Storage";

    /// <summary>The folder of the database, keys and spills; relative to the content root. Made with owner-only permissions.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>How much of the index is kept in memory, in MiB: about 20 bytes an entry keep all of it there.</summary>
    public int IndexCacheMegabytes { get; set; } = 256;

    /// <summary>Which store: <c>Sqlite</c>.</summary>
    public string Provider { get; set; } = "Sqlite";

    internal sealed class Validator : IValidateOptions<StorageOptions>
    {
        public ValidateOptionsResult Validate(string? name, StorageOptions options)
        {
            var problems = new List<string>();
            if (string.IsNullOrWhiteSpace(options.DataDirectory) || options.DataDirectory.Contains('\0'))
            {
                problems.Add($"{Section}:{nameof(DataDirectory)} must name a folder, as \"data\" or \"/var/lib/audit-console\".");
            }
            if (options.IndexCacheMegabytes is < 1 or > 1_000_000)
            {
                problems.Add($"{Section}:{nameof(IndexCacheMegabytes)} must be 1 to 1000000 MiB.");
            }
            if (string.Equals(options.Provider, "Postgres", StringComparison.OrdinalIgnoreCase))
            {
                problems.Add($"{Section}:{nameof(Provider)} is Postgres, which doesn't exist yet. Use Sqlite.");
            }
            else if (!string.Equals(options.Provider, "Sqlite", StringComparison.OrdinalIgnoreCase))
            {
                problems.Add($"{Section}:{nameof(Provider)} is \"{options.Provider}\". The values are: Sqlite.");
            }
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
