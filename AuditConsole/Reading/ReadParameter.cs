using System.Globalization;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Query;
using AuditConsole.Storage;
using Microsoft.Extensions.Primitives;

namespace AuditConsole.Reading;

/// <summary>What kind of value a parameter takes.</summary>
internal enum ParameterKind
{
    /// <summary>Text up to a length.</summary>
    Text,

    /// <summary>A UTC day or an RFC 3339 instant.</summary>
    Time,

    /// <summary>An address or a network in CIDR form.</summary>
    Address,

    /// <summary>A whole number within bounds.</summary>
    Number,

    /// <summary>One of a few words.</summary>
    Choice,
}

/// <summary>A parameter of a reading route: read, checked and documented from this one description.</summary>
/// <param name="Name">As in the query string.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Description">For the reference.</param>
/// <param name="Example">For the reference.</param>
internal sealed record ReadParameter(string Name, ParameterKind Kind, string Description, string Example)
{
    /// <summary>The most characters of a text.</summary>
    public int MaxLength { get; init; } = EntryParser.MaxNameLength;

    /// <summary>The least number.</summary>
    public int Least { get; init; }

    /// <summary>The greatest number.</summary>
    public int Most { get; init; }

    /// <summary>What stands where it is left out.</summary>
    public string? Default { get; init; }

    /// <summary>The words of a choice.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether it may be given several times.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>What is wrong with a value, to follow the parameter's name; null if nothing.</summary>
    public string? FindProblem(string value)
    {
        if (value.Length == 0)
        {
            return "is empty. Leave it out, or give it a value";
        }
        if (CanonicalJson.FindRefusal(value) is { } refusal)
        {
            return refusal;
        }
        return Kind switch
        {
            ParameterKind.Text when value.EnumerateRunes().Count() > MaxLength => $"is longer than {MaxLength} characters; no entry has such a value",
            ParameterKind.Time when !TimeBound.TryParse(value, out _) => "is not a date. Write a UTC day as 2026-11-21, or an instant as 2026-11-21T16:42:07Z",
            ParameterKind.Address when !AddressRange.TryParse(value, out _) => "is not an address. Write one as 203.0.113.42, or a network as 203.0.113.0/24",
            ParameterKind.Number when !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < Least || number > Most =>
                $"must be a number from {Least} to {Most}",
            ParameterKind.Choice when !Choices.Contains(value) => $"must be {string.Join(" or ", Choices)}",
            _ => null,
        };
    }
}

/// <summary>The query string of a reading route, checked against its parameters.</summary>
internal sealed class ReadParameters
{
    private const int MostRepeated = 50;

    private readonly IQueryCollection _query;

    private ReadParameters(IQueryCollection query) => _query = query;

    /// <summary>Checks all of it; what isn't known is refused too, since a filter that isn't understood would give too much.</summary>
    public static ReadParameters Read(HttpRequest request, IReadOnlyList<ReadParameter> known, List<ApiErrorDetail> problems)
    {
        foreach (var (name, values) in request.Query)
        {
            if (known.FirstOrDefault(parameter => parameter.Name == name) is not { } parameter)
            {
                problems.Add(new(name.Length > 64 ? name[..64].TrimEnd(HighSurrogates) : name, $"is not a parameter of this route. It has: {string.Join(", ", known.Select(one => one.Name))}"));
            }
            else if (values.Count > 1 && (!parameter.IsRepeatable || values.Count > MostRepeated))
            {
                problems.Add(new(name, parameter.IsRepeatable ? $"is given more than {MostRepeated} times" : $"is given {values.Count} times; give it once"));
            }
            else if (values.Select(value => parameter.FindProblem(value ?? "")).FirstOrDefault(problem => problem is not null) is { } problem)
            {
                problems.Add(new(name, problem));
            }
            if (problems.Count == MostRepeated)
            {
                break;
            }
        }
        return new ReadParameters(request.Query);
    }

    /// <summary>All values.</summary>
    public IReadOnlyList<string> All(string name) => [.. Values(name).Select(value => value!)];

    /// <summary>The value, or null.</summary>
    public string? Text(string name) => Values(name) is [var value] ? value : null;

    /// <summary>The value, or null.</summary>
    public TimeBound? Time(string name) => TimeBound.TryParse(Text(name), out var bound) ? bound : null;

    /// <summary>The value, or null.</summary>
    public int? Number(string name) => int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private StringValues Values(string name) =>
        // The collection itself takes names in any case; parameters have one spelling.
        _query.Keys.Contains(name, StringComparer.Ordinal) ? _query[name] : StringValues.Empty;

    private static readonly char[] HighSurrogates = [.. Enumerable.Range(0xD800, 0x400).Select(unit => (char)unit)];
}
