using System.Text;
using AuditConsole.Core;

namespace AuditConsole.WorkOS;

/// <summary>Collects what is wrong with an event: first whether it has the form of one (422), then whether it keeps the rules (400).</summary>
internal sealed class EventProblems
{
    private const int MostListed = 50;
    private const int MostOfPlace = 256;

    private readonly List<WorkOSProblem> _malformed = [];
    private readonly List<WorkOSProblem> _invalid = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _malformed.Count + _invalid.Count == 0;

    /// <summary>The first of them, as a sentence without its full stop; null where nothing is wrong.</summary>
    public string? First => _malformed.Concat(_invalid).FirstOrDefault() is { } problem ? $"{problem.Field ?? problem.InstancePath} {problem.Message}" : null;

    /// <summary>A member is missing.</summary>
    public void Missing(string field) => Malformed("required", field, "is missing");

    /// <summary>A member is of another type or form.</summary>
    /// <param name="code"><c>required</c>, <c>invalid_type</c> or <c>invalid_format</c>.</param>
    /// <param name="field">As <c>event.action</c>.</param>
    /// <param name="message">What is wrong, to follow the field.</param>
    public void Malformed(string code, string field, string message)
    {
        if (_malformed.Count < MostListed)
        {
            _malformed.Add(new WorkOSProblem { Code = code, Field = Shorten(field), Message = message });
        }
    }

    /// <summary>A rule is broken.</summary>
    /// <param name="pointer">A JSON Pointer into the event.</param>
    /// <param name="message">What is wrong, to follow the pointer.</param>
    public void Invalid(string pointer, string message)
    {
        if (_invalid.Count < MostListed)
        {
            _invalid.Add(new WorkOSProblem { InstancePath = Shorten(pointer), Message = message });
        }
    }

    /// <summary>What the entry's own rules refuse, in the event's words.</summary>
    public void Invalid(FieldError error) => Invalid(PointerOf(error.Field), error.Message);

    /// <summary>The answer that lists them.</summary>
    public IResult ToResult() => _malformed.Count > 0
        ? WorkOSError.Unprocessable(_malformed)
        : WorkOSError.Result(400, WorkOSError.InvalidEvent, $"Invalid Audit Log event: {_invalid[0].InstancePath} {_invalid[0].Message}.", _invalid);

    /// <summary>A member's name as a part of a JSON Pointer (RFC 6901).</summary>
    public static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    // An entry's field, as target.metadata.plan or targets[0].id: in the event both are among the targets.
    private static string PointerOf(string field)
    {
        var pointer = new StringBuilder();
        foreach (var part in field.Split('.'))
        {
            if (pointer.Length > 0)
            {
                pointer.Append('/').Append(Escape(part));
            }
            else if (part.StartsWith("targets[", StringComparison.Ordinal) && int.TryParse(part.AsSpan(8, part.Length - 9), out var index))
            {
                pointer.Append("/targets/").Append(index + 1);
            }
            else
            {
                pointer.Append(part switch
                {
                    "target" => "/targets/0",
                    "ip" or "location" => "/context/location",
                    "user_agent" => "/context/user_agent",
                    "schema_version" => "/version",
                    _ => "/" + Escape(part),
                });
            }
        }
        return pointer.ToString();
    }

    private static string Shorten(string place) => place.Length <= MostOfPlace ? place : string.Concat(place.AsSpan(0, MostOfPlace), "…");
}
