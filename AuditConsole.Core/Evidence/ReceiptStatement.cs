using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// What a service signs of an export: who asked for what, and what the file holds. The body of a signed note: the
/// format's name in the first line, so that it is never taken for a checkpoint, and the facts as canonical JSON in the second.
/// </summary>
public sealed record ReceiptStatement
{
    /// <summary>The first line.</summary>
    public const string Format = "audit-console/export-receipt/v1";

    /// <summary>The service's name, as in its checkpoints.</summary>
    public required string Service { get; init; }

    /// <summary>Whose log.</summary>
    public required Guid TenantId { get; init; }

    /// <summary>The tenant's readable name.</summary>
    public required string TenantSlug { get; init; }

    /// <summary>The export.</summary>
    public required Guid ExportId { get; init; }

    /// <summary>Who exported: a user's id, or a scheduled export's.</summary>
    public required string ExportedBy { get; init; }

    /// <summary>The user's e-mail address then, or the export's name.</summary>
    public required string ExportedByName { get; init; }

    /// <summary>When the file was written.</summary>
    public required DateTimeOffset ExportedAt { get; init; }

    /// <summary>When the receipt was rendered: what was withheld or purged until then stands in it as such.</summary>
    public required DateTimeOffset RenderedAt { get; init; }

    /// <summary>
    /// The filter as it was asked for: <c>from</c>, <c>to</c>, <c>entityType</c>, <c>action</c>, <c>slug</c>, <c>actor</c>, <c>ip</c>; of a
    /// scheduled export also <c>actions</c>, <c>entitySlug</c>, <c>network</c> (docs/proofs.md).
    /// </summary>
    public required IReadOnlyDictionary<string, string> Filter { get; init; }

    /// <summary>The first instant that was meant.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The first instant that wasn't meant any more.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>What occurred before this had expired and couldn't be read.</summary>
    public required DateTimeOffset ExpiredBefore { get; init; }

    /// <summary>Entries up to this sequence were not meant: those that an earlier part holds. 0 for the whole log.</summary>
    public long After { get; init; }

    /// <summary>The newest sequence that counted.</summary>
    public required long Snapshot { get; init; }

    /// <summary>How many entries matched.</summary>
    public required long Matched { get; init; }

    /// <summary>How many of them the file holds: all, or the newest.</summary>
    public required long Count { get; init; }

    /// <summary><c>csv</c>, <c>json</c> or <c>ndjson</c>.</summary>
    public required string FileFormat { get; init; }

    /// <summary>SHA-256 of the file.</summary>
    public required EntryHash FileHash { get; init; }

    /// <summary>SHA-256 of all lines of the receipt behind the first, line ends included.</summary>
    public required EntryHash LinesHash { get; init; }

    /// <summary>The size of the checkpoint that the receipt proves its rows against.</summary>
    public required long CheckpointSize { get; init; }

    /// <summary>Whether all that matched is in the file.</summary>
    public bool IsComplete => Count == Matched;

    /// <summary>The name that it is signed under.</summary>
    public string Origin => Checkpoint.OriginOf(Service, TenantId);

    /// <summary>The text to sign.</summary>
    public string ToBody()
    {
        var facts = new SortedDictionary<string, object>(StringComparer.Ordinal)
        {
            ["checkpoint_size"] = CheckpointSize,
            ["complete"] = IsComplete,
            ["count"] = Count,
            ["expired_before"] = WireTime.Format(ExpiredBefore),
            ["export_id"] = ExportId.ToString("D"),
            ["exported_at"] = WireTime.Format(ExportedAt),
            ["exported_by"] = ExportedBy,
            ["exported_by_name"] = ExportedByName,
            ["file_format"] = FileFormat,
            ["file_sha256"] = FileHash.ToString(),
            ["filter"] = Filter,
            ["from"] = WireTime.Format(From),
            ["lines_sha256"] = LinesHash.ToString(),
            ["matched"] = Matched,
            ["rendered_at"] = WireTime.Format(RenderedAt),
            ["service"] = Service,
            ["snapshot"] = Snapshot,
            ["tenant_id"] = TenantId.ToString("D"),
            ["tenant_slug"] = TenantSlug,
            ["until"] = WireTime.Format(Until),
        };
        if (After > 0)
        {
            facts["after"] = After;
        }
        return $"{Format}\n{CanonicalObject.From(facts)}\n";
    }

    /// <summary>Reads the body of a note.</summary>
    /// <exception cref="FormatException">It is no statement; the message is a sentence that says why.</exception>
    public static ReceiptStatement Parse(SignedNote note)
    {
        var lines = note.Lines;
        if (lines.Length != 2 || lines[0] != Format)
        {
            throw new FormatException("The signed note is no statement of an export.");
        }
        try
        {
            using var document = JsonDocument.Parse(lines[1]);
            var facts = document.RootElement;
            return new ReceiptStatement
            {
                Service = Text(facts, "service"),
                TenantId = Id(facts, "tenant_id"),
                TenantSlug = Text(facts, "tenant_slug"),
                ExportId = Id(facts, "export_id"),
                ExportedBy = Text(facts, "exported_by"),
                ExportedByName = Text(facts, "exported_by_name"),
                ExportedAt = Time(facts, "exported_at"),
                RenderedAt = Time(facts, "rendered_at"),
                Filter = facts.GetProperty("filter").EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString()!, StringComparer.Ordinal),
                From = Time(facts, "from"),
                Until = Time(facts, "until"),
                ExpiredBefore = Time(facts, "expired_before"),
                After = facts.TryGetProperty("after", out _) ? Number(facts, "after") : 0,
                Snapshot = Number(facts, "snapshot"),
                Matched = Number(facts, "matched"),
                Count = Number(facts, "count"),
                FileFormat = Text(facts, "file_format"),
                FileHash = EntryHash.Parse(Text(facts, "file_sha256")),
                LinesHash = EntryHash.Parse(Text(facts, "lines_sha256")),
                CheckpointSize = Number(facts, "checkpoint_size"),
            };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new FormatException("The statement of the export can't be read: a fact is missing or of another kind.", fault);
        }
    }

    private static string Text(JsonElement facts, string name) => facts.GetProperty(name).GetString() ?? throw new FormatException(name);

    private static Guid Id(JsonElement facts, string name) => Guid.ParseExact(Text(facts, name), "D");

    private static long Number(JsonElement facts, string name) => facts.GetProperty(name).GetInt64() is >= 0 and var number ? number : throw new FormatException(name);

    private static DateTimeOffset Time(JsonElement facts, string name) => WireTime.TryParse(Text(facts, name), out var time) ? time : throw new FormatException(name);
}
