using AuditConsole.Core;

namespace AuditConsole.Streams.Formats;

/// <summary>An entry in one line, for people.</summary>
internal static class EntrySummary
{
    /// <summary>As <c>usr_41: RulePublished Rule no-async-void 1.5.0</c>.</summary>
    public static string Of(NewEntry content)
    {
        var target = content.Target;
        return target.Version is { } version
            ? $"{content.Actor.Display}: {content.Action} {target.Type} {target.ShownSlug} {version}"
            : $"{content.Actor.Display}: {content.Action} {target.Type} {target.ShownSlug}";
    }
}
