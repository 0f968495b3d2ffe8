using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams;

/// <summary>Which entries a stream sends: those that match all that is given.</summary>
public sealed record StreamFilter
{
    /// <summary>The most actions.</summary>
    public const int MaxActions = 100;

    /// <summary>Exact entity type.</summary>
    public string? EntityType { get; init; }

    /// <summary>Any of these actions; <c>workspace.*</c> stands for all that begin with <c>workspace.</c> Empty for all.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>Exact slug, or the id of an entity without one.</summary>
    public string? Slug { get; init; }

    /// <summary>Exact id of the actor.</summary>
    public string? Actor { get; init; }

    /// <summary>A client address, or a network of them.</summary>
    public string? Ip { get; init; }

    /// <summary>Id or slug of the main entity or of a further target.</summary>
    public string? Target { get; init; }

    /// <summary>Whether it takes the whole log.</summary>
    public bool IsAll => Actions.Count == 0 && (EntityType ?? Slug ?? Actor ?? Ip ?? Target) is null;

    /// <summary>A stream's.</summary>
    public static StreamFilter Of(LogStream stream) => new()
    {
        EntityType = stream.EntityType,
        Actions = stream.Actions,
        Slug = stream.Slug,
        Actor = stream.Actor,
        Ip = stream.Ip,
        Target = stream.Target,
    };

    /// <summary>The store's filter.</summary>
    /// <param name="scope">Whose log, and how far back it is readable.</param>
    /// <param name="from">The first instant of occurrence; null for the beginning.</param>
    public EntryFilter In(ReadScope scope, DateTimeOffset? from = null) => new()
    {
        Scope = scope,
        From = from,
        EntityType = EntityType,
        Actions = Actions,
        Slug = Slug,
        Actor = Actor,
        Ip = Ip,
        Target = Target,
    };

    /// <summary>It without what is empty, addresses normalised.</summary>
    /// <param name="problems">Receives what is wrong.</param>
    internal StreamFilter Check(ICollection<FieldProblem> problems)
    {
        var actions = Actions.Select(action => action.Trim()).Where(action => action.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (actions.Count > MaxActions)
        {
            problems.Add(new("actions", $"These are {actions.Count} actions; a stream takes up to {MaxActions}. A pattern as workspace.* stands for many."));
        }
        foreach (var action in actions)
        {
            CheckText("actions", action, EntryParser.MaxActionLength);
        }
        var ip = Trimmed(Ip);
        if (ip is not null && !AddressRange.TryParse(ip, out _))
        {
            problems.Add(new("ip", "That is no IP address. Write one as 203.0.113.42, or a network as 203.0.113.0/24."));
        }
        return new StreamFilter
        {
            EntityType = CheckText("entity_type", Trimmed(EntityType), EntryParser.MaxNameLength),
            Actions = actions,
            Slug = CheckText("slug", Trimmed(Slug), EntryParser.MaxNameLength),
            Actor = CheckText("actor", Trimmed(Actor), EntryParser.MaxNameLength),
            Ip = AddressRange.TryParse(ip, out var range) ? range.ToString() : null,
            Target = CheckText("target", Trimmed(Target), EntryParser.MaxNameLength),
        };

        string? CheckText(string field, string? text, int most)
        {
            if (text is not null && CanonicalJson.FindRefusal(text) is { } refusal)
            {
                problems.Add(new(field, $"This {refusal}."));
            }
            else if (text is not null && text.EnumerateRunes().Count() > most)
            {
                problems.Add(new(field, $"This is longer than {most} characters. No entry has such a value."));
            }
            return text;
        }
    }

    /// <summary>What is set, for entries and answers.</summary>
    internal Dictionary<string, object> Facts()
    {
        var facts = new Dictionary<string, object>();
        foreach (var (name, value) in new[] { ("entity_type", EntityType), ("slug", Slug), ("actor", Actor), ("ip", Ip), ("target", Target) })
        {
            if (value is not null)
            {
                facts[name] = value;
            }
        }
        if (Actions.Count > 0)
        {
            facts["actions"] = Actions;
        }
        return facts;
    }

    private static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
