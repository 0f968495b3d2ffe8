using Microsoft.Extensions.Options;

namespace AuditConsole.Integrity;

/// <summary>Checkpoints and verification: the section <c>Integrity</c>.</summary>
public sealed class IntegrityOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Integrity";

    /// <summary>The name under which this service signs: the origin of its checkpoints is <c>ServiceName/tenantId</c>. Not to be changed later.</summary>
    public string ServiceName { get; set; } = "audit-console";

    /// <summary>The private key that signs checkpoints, PEM; null for <c>checkpoint-key.pem</c> in the data directory. Relative to the content root.</summary>
    public string? SigningKeyFile { get; set; }

    /// <summary>A checkpoint is made once so many entries are new.</summary>
    public int CheckpointEntries { get; set; } = 1000;

    /// <summary>A checkpoint is made once the oldest new entry has waited so many seconds.</summary>
    public int CheckpointSeconds { get; set; } = 60;

    /// <summary>A folder in which every checkpoint is put as a file; null for none. Relative to the content root.</summary>
    public string? PublishDirectory { get; set; }

    /// <summary>Where every checkpoint is posted to, http or https; null for nowhere.</summary>
    public string? PublishUrl { get; set; }

    /// <summary>New entries are verified every so many seconds.</summary>
    public int VerificationSeconds { get; set; } = 60;

    /// <summary>All entries are verified again in the course of so many days.</summary>
    public int ReverificationDays { get; set; } = 7;

    /// <summary>How many requests of checkpoints and keys one address may make a minute.</summary>
    public int ReadsPerMinute { get; set; } = 600;

    /// <summary>The most that is taken as a configuration for seconds: a day.</summary>
    private const int MaxSeconds = 86_400;

    internal sealed class Validator : IValidateOptions<IntegrityOptions>
    {
        public ValidateOptionsResult Validate(string? name, IntegrityOptions options)
        {
            var problems = new List<string>();
            if (options.ServiceName.Length is 0 or > 256 || options.ServiceName.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character == '+'))
            {
                problems.Add($"{Section}:{nameof(ServiceName)} has 1 to 256 characters without white space and +, as \"audit.example.com\".");
            }
            if (options.SigningKeyFile is { } file && (string.IsNullOrWhiteSpace(file) || file.Contains('\0')))
            {
                problems.Add($"{Section}:{nameof(SigningKeyFile)} must name a file, as \"/etc/audit-console/checkpoint-key.pem\".");
            }
            if (options.PublishDirectory is { } directory && (string.IsNullOrWhiteSpace(directory) || directory.Contains('\0')))
            {
                problems.Add($"{Section}:{nameof(PublishDirectory)} must name a folder, as \"/srv/checkpoints\".");
            }
            if (options.PublishUrl is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            {
                problems.Add($"{Section}:{nameof(PublishUrl)} is \"{url}\". It must be an address that begins with https:// or http://.");
            }
            Require(options.CheckpointEntries, nameof(CheckpointEntries), 1_000_000);
            Require(options.CheckpointSeconds, nameof(CheckpointSeconds), MaxSeconds);
            Require(options.VerificationSeconds, nameof(VerificationSeconds), MaxSeconds);
            Require(options.ReverificationDays, nameof(ReverificationDays), 366);
            Require(options.ReadsPerMinute, nameof(ReadsPerMinute), int.MaxValue);
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

            void Require(int value, string key, int most)
            {
                if (value < 1 || value > most)
                {
                    problems.Add($"{Section}:{key} is {value}. It must be a number from 1 to {most}.");
                }
            }
        }
    }
}
