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
        var manage = new List<NavigationEntry>();
        if (member.May(Permission.ManageKeys))
        {
            manage.Add(Entry("API keys", ConsoleUrls.ApiKeysPath));
        }
        if (member.May(Permission.ManageSigningKeys))
        {
            manage.Add(Entry("Signing keys", ConsoleUrls.SigningKeysPath));
        }
        if (member.May(Permission.ManageRedaction))
        {
            manage.Add(Entry("Redaction", ConsoleUrls.RedactionPath));
        }
        if (member.May(Permission.ManageMembers))
        {
            manage.Add(Entry("Members", ConsoleUrls.MembersPath));
        }
        if (member.May(Permission.ManageSettings))
        {
            manage.Add(Entry("Settings", ConsoleUrls.SettingsPath));
        }
        if (member.May(Permission.ViewHolds))
        {
            manage.Add(Entry("Legal holds", ConsoleUrls.HoldsPath));
        }
        if (member.May(Permission.ManageRetention))
        {
            manage.Add(Entry("Retention", ConsoleUrls.RetentionPath));
        }
        var log = new List<NavigationEntry> { Entry("Audit log", ConsoleUrls.AuditLogPath) };
        if (member.May(Permission.Export))
        {
            log.Add(Entry("Exports", ConsoleUrls.ExportsPath));
        }
        log.Add(Entry("Integrity", ConsoleUrls.IntegrityPath));
        var groups = new List<NavigationGroup> { new(null, log) };
        if (manage.Count > 0)
        {
            groups.Add(new("Manage", manage));
        }
        return groups;

        NavigationEntry Entry(string label, string path) => new(label, path, ConsoleUrls.Of(path, member.TenantSlug));
    }
}
