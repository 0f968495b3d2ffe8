using AuditConsole.Query;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Pages;

/// <summary>What stands in the form of a stream, as text.</summary>
public sealed class StreamFormModel
{
    /// <summary>New entries alone.</summary>
    public const string New = "new";

    /// <summary>Everything that is kept, too.</summary>
    public const string All = "all";

    /// <summary>What occurred from a day on, too.</summary>
    public const string FromDay = "from";

    private string? _exactSlug;

    /// <summary>For people.</summary>
    public string Name { get; set; } = "";

    /// <summary>Empty for the kind's first.</summary>
    public string Format { get; set; } = "";

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

    /// <summary>JSON Pointers, one a line.</summary>
    public string Redactions { get; set; } = "";

    /// <summary><see cref="New"/>, <see cref="All"/> or <see cref="FromDay"/>.</summary>
    public string Since { get; set; } = New;

    /// <summary>The day for <see cref="FromDay"/>.</summary>
    public DateOnly? SinceDay { get; set; }

    /// <summary>The kind's settings.</summary>
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    /// <summary>The form of a stream that there is. Its secrets stay empty.</summary>
    public static StreamFormModel Of(StreamView stream)
    {
        var form = new StreamFormModel
        {
            Name = stream.Name,
            Format = stream.Format.ToString(),
            EntityType = stream.Filter.EntityType ?? "",
            Actions = string.Join('\n', stream.Filter.Actions),
            Slug = stream.Filter.Target ?? "",
            Actor = stream.Filter.Actor ?? "",
            Ip = stream.Filter.Ip ?? "",
            Redactions = string.Join('\n', stream.Redactions),
            _exactSlug = stream.Filter.Slug,
        };
        foreach (var (name, value) in stream.Settings)
        {
            form.Settings[name] = value;
        }
        return form;
    }

    /// <summary>The draft that it stands for.</summary>
    /// <exception cref="InvalidStreamException">The day of the first entries is none.</exception>
    public StreamDraft ToDraft(IDestinationKind kind) => new()
    {
        Name = Name,
        Kind = kind.Name,
        Purpose = kind is Buckets.CheckpointKind ? StreamPurpose.Checkpoints : null,
        Format = Enum.TryParse<StreamFormat>(Format, out var format) ? format : null,
        Filter = new StreamFilter
        {
            EntityType = EntityType,
            Actions = Actions.Split([',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            // Set by a command or the API alone, and kept.
            Slug = _exactSlug,
            Target = Slug,
            Actor = Actor,
            Ip = Ip,
        },
        Redactions = Redactions.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        // What the service makes isn't typed.
        Settings = kind.Fields.Where(field => field.Generate is null).ToDictionary(field => field.Name, field => Settings.GetValueOrDefault(field.Name) ?? "", StringComparer.Ordinal),
        Since = Since switch
        {
            All => DateTimeOffset.UnixEpoch,
            FromDay => SinceDay is { } day
                ? TimeBound.Of(day).Start
                : throw new InvalidStreamException([new FieldProblem("since", "Choose the first day whose entries are sent.")]),
            _ => null,
        },
    };
}
