namespace AuditConsole.Sealing;

/// <summary>How sealed values are kept: the section <c>Ingest</c>.</summary>
public sealed class SealOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Ingest";

    /// <summary>The file with the key that encrypts sealed values; null for <c>seal.key</c> in the data directory.</summary>
    public string? SealKeyFile { get; set; }
}
