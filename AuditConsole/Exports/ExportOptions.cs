using System.ComponentModel.DataAnnotations;

namespace AuditConsole.Exports;

/// <summary>The configuration section <c>Exports</c>.</summary>
public sealed class ExportOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Exports";

    /// <summary>The most entries of one download from the console; more than that leaves the oldest out.</summary>
    [Range(1, 1_000_000)]
    public int MaxEntries { get; set; } = 100_000;
}
