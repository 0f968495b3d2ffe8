namespace AuditConsole.Streams.Pages;

/// <summary>What stands in the fields of a filter, as text.</summary>
public abstract class FilterFormModel
{
    private string? _exactSlug;

    /// <summary>Empty for any.</summary>
    public string EntityType { get; set; } = "";

    /// <summary>One a line or separated by commas; empty for any.</summary>
    public string Actions { get; set; } = "";

    /// <summary>Slug or id of the entity or a further target; empty for any.</summary>
    public string Slug { get; set; } = "";

    /// <summary>Empty for any.</summary>
    public string Actor { get; set; } = "";

    /// <summary>An address or a network; empty for any.</summary>
    public string Ip { get; set; } = "";

    /// <summary>Fills the fields in.</summary>
    protected void Show(StreamFilter filter)
    {
        (EntityType, Actions, Slug) = (filter.EntityType ?? "", string.Join('\n', filter.Actions), filter.Target ?? "");
        (Actor, Ip, _exactSlug) = (filter.Actor ?? "", filter.Ip ?? "", filter.Slug);
    }

    /// <summary>The filter that they stand for.</summary>
    protected StreamFilter ToFilter() => new()
    {
        EntityType = EntityType,
        Actions = Actions.Split([',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        // Set by a command or the API alone, and kept.
        Slug = _exactSlug,
        Target = Slug,
        Actor = Actor,
        Ip = Ip,
    };
}
