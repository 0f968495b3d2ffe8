using AuditConsole.Identity;
using AuditConsole.Query;

namespace AuditConsole.Shell;

/// <summary>A link of the navigation.</summary>
/// <param name="Label">Its text.</param>
/// <param name="Path">The page's path, by which it is known as the current one.</param>
/// <param name="Url">Where it leads.</param>
public sealed record NavigationEntry(string Label, string Path, string Url);

/// <summary>Links that belong together.</summary>
/// <param name="Name">The text above them; null for the first group.</param>
/// <param name="Entries">The links.</param>
public sealed record NavigationGroup(string? Name, IReadOnlyList<NavigationEntry> Entries);

/// <summary>Which pages a member is offered: those that exist and that the role may open.</summary>
public static class ConsoleNavigation
{
    /// <summary>The groups, without empty ones.</summary>
    public static IReadOnlyList<NavigationGroup> Of(Member? member)
    {
        if (member is null)
        {
            return [];
        }
        var groups = new[]
        {
            new NavigationGroup(null, Open(
                (Permission.ReadLog, "Audit log", ConsoleUrls.AuditLogPath),
                (Permission.Export, "Exports", ConsoleUrls.ExportsPath),
                (Permission.ReadLog, "Integrity", ConsoleUrls.IntegrityPath))),
            new NavigationGroup("Manage", Open(
                (Permission.ManageMembers, "Members", ConsoleUrls.MembersPath),
                (Permission.ManageKeys, "API keys", ConsoleUrls.ApiKeysPath),
                (Permission.ManageStreams, "Streams", ConsoleUrls.StreamsPath),
                (Permission.ViewScheduledExports, "Scheduled exports", ConsoleUrls.ScheduledExportsPath),
                (Permission.ManageSchemas, "Event types", ConsoleUrls.EventTypesPath),
                (Permission.ManageSigningKeys, "Signing keys", ConsoleUrls.SigningKeysPath),
                (Permission.ManageRedaction, "Redaction", ConsoleUrls.RedactionPath),
                (Permission.ViewHolds, "Legal holds", ConsoleUrls.HoldsPath),
                (Permission.ManageRetention, "Retention", ConsoleUrls.RetentionPath),
                (Permission.ManageSettings, "Settings", ConsoleUrls.SettingsPath))),
        };
        return [.. groups.Where(group => group.Entries.Count > 0)];

        List<NavigationEntry> Open(params (Permission Needed, string Label, string Path)[] pages) =>
        [
            .. from page in pages
               where member.May(page.Needed)
               select new NavigationEntry(page.Label, page.Path, ConsoleUrls.Of(page.Path, member.TenantSlug)),
        ];
    }
}
