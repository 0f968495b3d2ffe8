using AuditConsole.Query;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.Streams.Pages;

/// <summary>What stands in the form of a stream, as text.</summary>
public sealed class StreamFormModel : FilterFormModel
{
    /// <summary>New entries alone.</summary>
    public const string New = "new";

    /// <summary>Everything that is kept, too.</summary>
    public const string All = "all";

    /// <summary>What occurred from a day on, too.</summary>
    public const string FromDay = "from";

    /// <summary>For people.</summary>
    public string Name { get; set; } = "";

    /// <summary>Empty for the kind's first.</summary>
    public string Format { get; set; } = "";

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
            Redactions = string.Join('\n', stream.Redactions),
        };
        form.Show(stream.Filter);
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
        Filter = ToFilter(),
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
