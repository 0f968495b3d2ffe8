namespace AuditConsole.Streams.Destinations;

/// <summary>A kind of place that a stream can go to: its settings, their checks and how it is opened. The page, the command line and the API are made from it.</summary>
public interface IDestinationKind
{
    /// <summary>On the wire and in commands: <c>splunk-hec</c>.</summary>
    string Name { get; }

    /// <summary>For people: <c>Splunk HEC</c>.</summary>
    string DisplayName { get; }

    /// <summary>One sentence: what it is for.</summary>
    string Summary { get; }

    /// <summary>The settings, in the order in which they are asked.</summary>
    IReadOnlyList<DestinationField> Fields { get; }

    /// <summary>The formats that make sense there; the first is the default.</summary>
    IReadOnlyList<StreamFormat> Formats { get; }

    /// <summary>Checks settings that can be checked without the network.</summary>
    /// <returns>What is wrong; empty if nothing.</returns>
    IReadOnlyList<FieldProblem> Check(DestinationSettings settings);

    /// <summary>Opens it. Nothing is sent yet.</summary>
    IDestination Open(DestinationSettings settings, DestinationContext context);
}

/// <summary>A setting of a kind of destination.</summary>
/// <param name="Name">On the wire: <c>access_key_id</c>.</param>
/// <param name="Label">For people.</param>
/// <param name="Help">What belongs there and where it is found.</param>
public sealed record DestinationField(string Name, string Label, string Help)
{
    /// <summary>Kept encrypted; only its last four characters are ever shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Whether it may be left out.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Asked only where another setting has a value, and needed there; null for always.</summary>
    public (string Field, string Value)? With { get; init; }

    /// <summary>The address of a server: https://…</summary>
    public bool IsAddress { get; init; }

    /// <summary>Several lines, as a service account's JSON or a PEM.</summary>
    public bool IsLong { get; init; }

    /// <summary>What stands there where nothing is given.</summary>
    public string? Default { get; init; }

    /// <summary>An example, shown in the empty input.</summary>
    public string? Placeholder { get; init; }

    /// <summary>The values that it can have; empty for any.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>
    /// Makes the value where nobody types it: a webhook's secret, the external id of a role. The service calls it once for
    /// each stream; of a secret, the value is shown that one time.
    /// </summary>
    public Func<string>? Generate { get; init; }
}

/// <summary>What is wrong with a setting.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Message">A sentence: what is wrong and what would be right.</param>
public sealed record FieldProblem(string Field, string Message);

/// <summary>The values of a destination's settings, secrets among them in plain text: never logged, never shown.</summary>
public sealed class DestinationSettings(IReadOnlyDictionary<string, string> values)
{
    /// <summary>A value; null where it was left out.</summary>
    public string? this[string name] => values.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>A value that the kind's check made sure of.</summary>
    /// <exception cref="InvalidOperationException">It is missing.</exception>
    public string Required(string name) => this[name] ?? throw new InvalidOperationException($"The setting {name} is missing.");

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", values.Keys);
}

/// <summary>What a destination is opened with.</summary>
/// <param name="StreamId"><c>str_…</c>.</param>
/// <param name="TenantId">Whose entries.</param>
/// <param name="Format">How <see cref="DeliveredEntry.Body"/> is written.</param>
/// <param name="Http">Reaches public addresses and those that the operator allows; never follows a redirect. The destination doesn't dispose it.</param>
/// <param name="Clock">The time.</param>
public sealed record DestinationContext(string StreamId, Guid TenantId, StreamFormat Format, HttpClient Http, TimeProvider Clock)
{
    /// <summary>
    /// What tells one way through the log from the others of the stream where the other side remembers how far it is: empty
    /// for new entries, else of its own for each replay, for what is sent again by hand, and after a backup was put back.
    /// Letters, digits and underscores.
    /// </summary>
    public string Run { get; init; } = "";
}

/// <summary>How entries are written for the other side.</summary>
public enum StreamFormat
{
    /// <summary>The canonical wire entry.</summary>
    Json,

    /// <summary>OCSF 1.x, JSON.</summary>
    Ocsf,

    /// <summary>ArcSight Common Event Format, a line of text.</summary>
    Cef,

    /// <summary>RFC 5424 syslog, a line of text.</summary>
    Syslog,
}
