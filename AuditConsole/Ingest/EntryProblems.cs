using System.Collections;
using AuditConsole.Api;
using AuditConsole.Core;

namespace AuditConsole.Ingest;

/// <summary>Counts everything that is wrong with what was sent and keeps the first 50, whatever a hostile body holds.</summary>
internal sealed class EntryProblems : ICollection<FieldError>
{
    /// <summary>The most that an answer lists.</summary>
    public const int MaxListed = 50;

    /// <summary>The field of what is wrong with the body as a whole.</summary>
    public const string WholeBody = "body";

    private const int MaxFieldLength = 256;

    /// <summary>The code of what breaks the entry's own form.</summary>
    public const string InvalidEntry = "invalid_entry";

    private readonly List<FieldError> _listed = [];
    private string? _code;

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <summary>Whether no further ones are listed.</summary>
    public bool IsFull => Count >= MaxListed;

    /// <summary>Whether one of them makes the body unreadable rather than refused.</summary>
    public bool AnyUnreadable { get; private set; }

    /// <summary>The first ones.</summary>
    public IReadOnlyList<FieldError> Listed => _listed;

    /// <inheritdoc/>
    public void Add(FieldError item) => Add(item, InvalidEntry);

    /// <summary>Adds a problem with a code of its own. The first one's is the answer's, unless an entry's form is broken too.</summary>
    public void Add(FieldError item, string code)
    {
        _code = code == InvalidEntry ? code : _code ?? code;
        Count++;
        AnyUnreadable |= item.IsUnreadable;
        if (_listed.Count < MaxListed)
        {
            _listed.Add(item with { Field = Shorten(item.Field) });
        }
    }

    /// <summary>The answer that lists them.</summary>
    public IResult ToResult(string what) => AnyUnreadable
        ? ApiError.Result(400, "invalid_json", "The body is not unambiguous JSON. Nothing was stored.", Details(), Notices())
        : ApiError.Result(422, _code ?? InvalidEntry, $"{what} Nothing was stored.", Details(), Notices());

    /// <inheritdoc/>
    public void Clear() => throw new NotSupportedException();

    /// <inheritdoc/>
    public bool Contains(FieldError item) => _listed.Contains(item);

    /// <inheritdoc/>
    public void CopyTo(FieldError[] array, int arrayIndex) => _listed.CopyTo(array, arrayIndex);

    /// <inheritdoc/>
    public bool Remove(FieldError item) => throw new NotSupportedException();

    /// <inheritdoc/>
    public IEnumerator<FieldError> GetEnumerator() => _listed.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ApiErrorDetail[] Details() => [.. _listed.Select(problem => new ApiErrorDetail(problem.Field.Length == 0 ? WholeBody : problem.Field, problem.Message))];

    private string[] Notices() => Count > MaxListed
        ? [$"Only the first {MaxListed} problems are listed.", "Correct them and send the whole request again."]
        : ["Correct it and send the whole request again."];

    // A member's name, which a producer chooses, is part of the field's path.
    private static string Shorten(string field) =>
        field.Length <= MaxFieldLength ? field : string.Concat(field.AsSpan(0, MaxFieldLength).TrimEnd(HighSurrogates), "…");

    private static readonly char[] HighSurrogates = [.. Enumerable.Range(0xD800, 0x400).Select(unit => (char)unit)];
}
