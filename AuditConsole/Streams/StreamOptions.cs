using System.Globalization;
using AuditConsole.Storage;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams;

/// <summary>Delivery: the section <c>Streams</c>.</summary>
public sealed class StreamOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Streams";

    /// <summary>When a batch is tried again, counted from its first failure, where nothing is configured.</summary>
    private static readonly TimeSpan[] DefaultRetries =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>Networks that streams may reach although they are not public, as <c>10.20.0.0/16</c>; unencrypted http too. None where empty.</summary>
    public IList<string> AllowedNetworks { get; } = [];

    /// <summary>A file of certificates, PEM, that are trusted beside the system's own; null for none. Relative to the content root.</summary>
    public string? CaFile { get; set; }

    /// <summary>A stream that has failed for so long is disabled.</summary>
    public TimeSpan DisableAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>When a batch is tried again, counted from its first failure and ascending; empty for 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h.</summary>
    public IList<TimeSpan> Retries { get; } = [];

    /// <summary>How many streams an account may have.</summary>
    public int MaxPerTenant { get; set; } = 50;

    /// <summary>How long new entries are gathered before they are read. Shorter brings less delay and more, smaller batches.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The least time between two checkpoints that a stream puts into a bucket.</summary>
    public TimeSpan CheckpointPace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The retries in force.</summary>
    internal IReadOnlyList<TimeSpan> Schedule => Retries.Count > 0 ? [.. Retries] : DefaultRetries;

    /// <summary>The networks, read.</summary>
    internal IReadOnlyList<AddressRange> Networks() =>
        [.. AllowedNetworks.Select(text => AddressRange.TryParse(text, out var range) ? range : throw new FormatException($"{text} is no network."))];

    internal sealed class Validator : IValidateOptions<StreamOptions>
    {
        public ValidateOptionsResult Validate(string? name, StreamOptions options)
        {
            var problems = new List<string>();
            problems.AddRange(options.AllowedNetworks.Where(text => !AddressRange.TryParse(text, out _))
                .Select(text => $"{Section}:{nameof(AllowedNetworks)} holds \"{text}\"; give addresses or networks, as 10.20.0.0/16 or fd00::/8."));
            if (options.CaFile is { } file && (string.IsNullOrWhiteSpace(file) || file.Contains('\0')))
            {
                problems.Add($"{Section}:{nameof(CaFile)} must name a file of certificates, as \"/etc/audit-console/ca.pem\".");
            }
            if (options.DisableAfter <= TimeSpan.Zero || options.DisableAfter > TimeSpan.FromDays(365))
            {
                problems.Add($"{Section}:{nameof(DisableAfter)} is {options.DisableAfter}. It must be a time up to 365 days, as 1.00:00:00 for a day.");
            }
            if (options.Retries.Any(retry => retry <= TimeSpan.Zero) || !options.Retries.SequenceEqual(options.Retries.Order()))
            {
                problems.Add($"{Section}:{nameof(Retries)} must be times that grow, as 00:00:05, 00:05:00, 00:30:00.");
            }
            if (options.Pace < TimeSpan.Zero || options.Pace > TimeSpan.FromMinutes(1))
            {
                problems.Add($"{Section}:{nameof(Pace)} is {options.Pace}. It must be a time up to a minute, as 00:00:00.100.");
            }
            if (options.CheckpointPace < TimeSpan.Zero || options.CheckpointPace > TimeSpan.FromDays(1))
            {
                problems.Add($"{Section}:{nameof(CheckpointPace)} is {options.CheckpointPace}. It must be a time up to a day, as 00:01:00.");
            }
            if (options.MaxPerTenant is < 0 or > 1000)
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{Section}:{nameof(MaxPerTenant)} is {options.MaxPerTenant}. It must be a number from 0 to 1000."));
            }
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
