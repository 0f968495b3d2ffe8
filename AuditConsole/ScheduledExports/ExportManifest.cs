using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;

namespace AuditConsole.ScheduledExports;

/// <summary>What a run holds, JSON; written last, so that it stands there only where all parts do (docs/scheduled-exports.md).</summary>
internal static class ExportManifest
{
    /// <summary>Its format.</summary>
    public const string Format = "audit-console/scheduled-export/v1";

    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The manifest of a run whose parts are all written.</summary>
    public static string Write(ScheduledExport export, ScheduledExportRun run)
    {
        var json = new JsonObject
        {
            ["format"] = Format,
            ["export"] = new JsonObject { ["id"] = export.Id, ["name"] = export.Name },
            ["tenant_id"] = export.Tenant!.Id.ToString("D"),
            ["run"] = run.Id.ToString("D"),
            ["due"] = WireTime.Format(run.Due),
            ["schedule"] = run.IsManual ? "manual" : export.Schedule,
            ["time_zone"] = export.TimeZone,
            ["filter"] = JsonSerializer.SerializeToNode(export.Filter.Facts()),
            ["file_format"] = run.Format.ToString().ToLowerInvariant(),
            ["range"] = new JsonObject
            {
                ["after"] = run.After,
                ["until"] = run.Until,
                ["first_recorded_at"] = Time(run.Parts.Select(part => part.FirstRecordedAt).FirstOrDefault(time => time is not null)),
                ["last_recorded_at"] = Time(run.Parts.Select(part => part.LastRecordedAt).LastOrDefault(time => time is not null)),
            },
            ["count"] = run.Rows,
            ["parts"] = new JsonArray([.. run.Parts.Select(Write)]),
        };
        if (run.Stands > 1)
        {
            json["stands_for_due_times"] = run.Stands;
        }
        return json.ToJsonString(Options) + "\n";
    }

    /// <summary>Its bytes.</summary>
    public static byte[] Bytes(string manifest) => Encoding.UTF8.GetBytes(manifest);

    /// <summary>Where the objects of a run stand, below the destination's prefix.</summary>
    public static string Folder(ScheduledExport export, ScheduledExportRun run) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"org={export.Tenant!.Id:D}/exports/{export.Id}/{run.Due.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}");

    /// <summary>The name of a part's file.</summary>
    public static string PartName(ScheduledExportRun run, int number) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"part-{number:D5}.{run.Format.ToString().ToLowerInvariant()}.gz");

    /// <summary>The name of a part's receipt.</summary>
    public static string ReceiptName(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"part-{number:D5}.receipt.ndjson.gz");

    private static JsonObject Write(ExportPart part)
    {
        var json = new JsonObject
        {
            ["key"] = part.Key,
            ["after"] = part.After,
            ["until"] = part.Until,
            ["rows"] = part.Rows,
            ["bytes"] = part.Bytes,
            ["sha256"] = part.Sha256,
            ["content_bytes"] = part.ContentBytes,
            ["content_sha256"] = part.ContentSha256,
        };
        if (part.Receipt is { } receipt)
        {
            json["receipt"] = new JsonObject { ["key"] = receipt.Key, ["bytes"] = receipt.Bytes, ["sha256"] = receipt.Sha256 };
        }
        return json;
    }

    private static string? Time(DateTimeOffset? time) => time is { } given ? WireTime.Format(given) : null;
}
