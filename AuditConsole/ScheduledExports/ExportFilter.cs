using System.Text.Json;
using AuditConsole.Storage;
using AuditConsole.Streams;

namespace AuditConsole.ScheduledExports;

/// <summary>The filter of an export, as receipts and manifests say it (docs/proofs.md).</summary>
internal static class ExportFilter
{
    /// <summary>The names and values that a receipt signs: a verifier that doesn't know one of them says so.</summary>
    public static Dictionary<string, string> Signed(StreamFilter filter)
    {
        var signed = new Dictionary<string, string>();
        Add("entityType", filter.EntityType);
        Add("entitySlug", filter.Slug);
        Add("slug", filter.Target);
        Add("actor", filter.Actor);
        Add(AddressRange.TryParse(filter.Ip, out var range) && range.Length is not null ? "network" : "ip", filter.Ip);
        if (filter.Actions is [var action] && !action.EndsWith(".*", StringComparison.Ordinal))
        {
            Add("action", action);
        }
        else if (filter.Actions.Count > 0)
        {
            Add("actions", JsonSerializer.Serialize(filter.Actions));
        }
        return signed;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                signed[name] = value;
            }
        }
    }
}
