using System.Globalization;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Schemas;

/// <summary>What a document has against its schema.</summary>
/// <param name="InstancePath">The place in the document, a JSON Pointer (RFC 6901); empty for the document itself.</param>
/// <param name="Keyword">The keyword that it breaks, as <c>required</c>.</param>
/// <param name="Message">What is wrong there, a sentence without its subject: <c>must be a string</c>.</param>
public sealed record SchemaProblem(string InstancePath, string Keyword, string Message);

/// <summary>Why a schema can't be registered.</summary>
/// <param name="Place">The place in what was sent, a JSON Pointer (RFC 6901).</param>
/// <param name="Message">What is wrong there, a sentence without its subject.</param>
public sealed record SchemaFault(string Place, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Place.Length == 0 ? "The schema" : Place)} {Message}";
}

/// <summary>
/// A compiled schema in the subset of JSON Schema that docs/schemas.md describes. Nothing of it is fetched, follows a
/// reference or runs longer than its input is long. Safe for use by several threads.
/// </summary>
public sealed class JsonSchema
{
    /// <summary>The most problems that a check lists.</summary>
    public const int MaxProblems = 50;

    private readonly SchemaNode _root;

    private JsonSchema(SchemaNode root) => _root = root;

    /// <summary>Compiles a schema.</summary>
    /// <param name="schema">The schema, which has a canonical form.</param>
    /// <param name="place">Its own place in what was sent, for the faults.</param>
    /// <param name="faults">Receives every reason why it can't be used.</param>
    /// <returns>The schema, or null if there was a fault.</returns>
    public static JsonSchema? Compile(JsonElement schema, string place, ICollection<SchemaFault> faults)
    {
        var before = faults.Count;
        var node = new SchemaCompiler(faults).Compile(schema, place, depth: 1);
        return faults.Count == before ? new JsonSchema(node) : null;
    }

    /// <summary>Checks a document.</summary>
    /// <param name="json">Canonical JSON (<see cref="CanonicalJson"/>), UTF-8: numbers and names in one form, no name twice.</param>
    /// <param name="path">The document's own place, put before each problem's.</param>
    /// <param name="problems">Receives what is wrong, up to <see cref="MaxProblems"/> in all.</param>
    public void Check(ReadOnlySpan<byte> json, string path, List<SchemaProblem> problems)
    {
        var before = problems.Count;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        reader.Read();
        SchemaWalk.Check(_root, ref reader, json, problems);
        SchemaWalk.Prefix(problems, before, path);
    }

    /// <summary>The members that the schema names at its top, for people: name, type and whether it is required.</summary>
    internal SchemaNode Root => _root;
}

/// <summary>The types that a value may have.</summary>
[Flags]
internal enum SchemaTypes
{
    None = 0,
    String = 1,
    Number = 2,
    Integer = 4,
    Boolean = 8,
    Null = 16,
    Object = 32,
    Array = 64,
}

/// <summary>A compiled schema of one value.</summary>
internal sealed class SchemaNode
{
    /// <summary>The types that are allowed; none for all.</summary>
    public SchemaTypes Types { get; set; }

    /// <summary>The canonical texts that are allowed by <c>enum</c>.</summary>
    public byte[][]? Choices { get; set; }

    /// <summary>The canonical text that <c>const</c> asks for.</summary>
    public byte[]? Constant { get; set; }

    public int MinLength { get; set; }

    public int MaxLength { get; set; } = int.MaxValue;

    public double Minimum { get; set; } = double.NegativeInfinity;

    public double Maximum { get; set; } = double.PositiveInfinity;

    public SchemaPattern? Pattern { get; set; }

    public SchemaFormat? Format { get; set; }

    public SchemaNode? Items { get; set; }

    public SchemaMembers? Members { get; set; }

    /// <summary>The schema of members that aren't named; null for any value.</summary>
    public SchemaNode? Additional { get; set; }

    public bool AllowsAdditional { get; set; } = true;

    /// <summary>Whether anything is said of a string beyond its type.</summary>
    public bool LooksIntoStrings => MinLength > 0 || MaxLength < int.MaxValue || Pattern is not null || Format is not null;

    /// <summary>Whether anything is said of a number beyond its type.</summary>
    public bool LooksIntoNumbers => !double.IsNegativeInfinity(Minimum) || !double.IsPositiveInfinity(Maximum);
}

/// <summary>The named members of an object's schema, found by their UTF-8 names.</summary>
internal sealed class SchemaMembers
{
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _find;

    public SchemaMembers(IEnumerable<(string Name, SchemaNode? Node, bool IsRequired)> members)
    {
        Members = [.. members];
        var places = new Dictionary<byte[], int>(Members.Length, Utf8Comparer.Instance);
        for (var i = 0; i < Members.Length; i++)
        {
            places[Encoding.UTF8.GetBytes(Members[i].Name)] = i;
        }
        _find = places.GetAlternateLookup<ReadOnlySpan<byte>>();
        AnyRequired = Members.Any(member => member.IsRequired);
    }

    /// <summary>Name, schema (null where <c>required</c> alone names it) and whether it must be there.</summary>
    public (string Name, SchemaNode? Node, bool IsRequired)[] Members { get; }

    public bool AnyRequired { get; }

    /// <summary>The member's place, or -1.</summary>
    public int Find(ReadOnlySpan<byte> name) => _find.TryGetValue(name, out var place) ? place : -1;

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static Utf8Comparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

/// <summary>JSON Pointers (RFC 6901).</summary>
internal static class JsonPointer
{
    /// <summary>A step to a member.</summary>
    public static string Step(string name) =>
        "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>A step to an element.</summary>
    public static string Step(int index) => "/" + index.ToString(CultureInfo.InvariantCulture);

    /// <summary>The steps of a pointer, unescaped.</summary>
    public static IEnumerable<string> StepsOf(string pointer) => pointer.Length == 0 ? [] : pointer[1..].Split('/')
        .Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));
}
