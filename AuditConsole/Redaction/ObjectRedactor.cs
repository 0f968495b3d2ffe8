using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Redaction;

/// <summary>Takes out of metadata objects what the rules find. What is left is canonical as it was.</summary>
internal sealed class ObjectRedactor(RuleSet rules, SealValue seal, List<Finding> findings)
{
    private const int MaxPointerLength = 512;

    // Each is a row of its own: a producer that sends thousands in an entry gets the rest redacted.
    private const int MaxSealed = 256;

    private readonly List<string> _way = [];

    /// <summary>The object as it may be recorded: the very object where the rules find nothing.</summary>
    /// <param name="value">A metadata object.</param>
    /// <param name="field">The way to it, as <c>target</c>, <c>metadata</c>.</param>
    public CanonicalObject Apply(CanonicalObject value, ReadOnlySpan<string> field)
    {
        if (value.IsEmpty || !IsSuspect(value.Utf8.Span))
        {
            return value;
        }
        _way.Clear();
        _way.AddRange(field);
        var places = new List<Place>();
        foreach (var rule in rules.Paths)
        {
            if (rule.Path.Within(field) is { } at)
            {
                places.Add(new Place(rule, at));
            }
        }
        var before = findings.Count;
        using var document = value.Parse();
        var output = new ArrayBufferWriter<byte>(value.Utf8.Length + 64);
        Write(document.RootElement, null, places, output, maySeal: true);
        return findings.Count == before ? value : CanonicalObject.FromCanonicalUtf8(output.WrittenMemory);
    }

    /// <summary>A JSON Pointer (RFC 6901); of a value whose way is very long, that of one of those around it.</summary>
    public static string Pointer(params ReadOnlySpan<string> way)
    {
        var text = new StringBuilder();
        foreach (var name in way)
        {
            if (text.Length + name.Length > MaxPointerLength)
            {
                break;
            }
            text.Append('/').Append(name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        }
        return text.ToString();
    }

    private bool IsSuspect(ReadOnlySpan<byte> utf8)
    {
        foreach (var rule in rules.Paths)
        {
            if (rule.Path.Mark is not { } mark || utf8.IndexOf(mark) >= 0)
            {
                return true;
            }
        }
        var text = ArrayPool<char>.Shared.Rent(utf8.Length);
        try
        {
            // No anchor has characters that JSON escapes: one look at the text as it stands is enough.
            var length = Encoding.UTF8.GetChars(utf8, text);
            return rules.Suspect(text.AsSpan(0, length)) != 0 || (!rules.Own.IsEmpty && HoldsOwn(utf8, text));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(text, clearArray: true);
        }
    }

    private bool HoldsOwn(ReadOnlySpan<byte> utf8, Span<char> scratch)
    {
        var reader = new Utf8JsonReader(utf8);
        while (reader.Read())
        {
            var length = reader.TokenType switch
            {
                JsonTokenType.String => reader.CopyString(scratch),
                JsonTokenType.Number => Encoding.ASCII.GetChars(reader.ValueSpan, scratch),
                _ => -1,
            };
            if (length >= 0)
            {
                foreach (var rule in rules.Own)
                {
                    if (rule.IsIn(scratch[..length]))
                    {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private void Write(JsonElement element, string? name, List<Place> places, ArrayBufferWriter<byte> output, bool maySeal)
    {
        var here = places.Where(place => place.IsReached).Select(place => place.Rule).ToList();
        if (here.Find(rule => !rule.Seals) is { } redacting)
        {
            Redact(redacting.Name, output);
        }
        else if (maySeal && here.Count > 0)
        {
            // A secret that must not enter the log must not enter what is sealed either.
            var inner = new ArrayBufferWriter<byte>();
            WriteContent(element, name, places, inner, maySeal: false);
            Seal(here[0].Name, inner.WrittenSpan, output);
        }
        else
        {
            WriteContent(element, name, places, output, maySeal);
        }
    }

    private void WriteContent(JsonElement element, string? name, List<Place> places, ArrayBufferWriter<byte> output, bool maySeal)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(element, places, output, maySeal);
                return;
            case JsonValueKind.Array:
                WriteArray(element, places, output, maySeal);
                return;
            case JsonValueKind.String when FindIn(element.GetString()!, name, maySeal) is { } rule:
                Replace(rule, element, output);
                return;
            case JsonValueKind.Number when rules.Own.FirstOrDefault(rule => (maySeal || !rule.Seals) && rule.IsIn(element.GetRawText())) is { } rule:
                Replace(rule, element, output);
                return;
            default:
                output.Write(JsonMarshal.GetRawUtf8Value(element));
                return;
        }
    }

    private void WriteObject(JsonElement element, List<Place> places, ArrayBufferWriter<byte> output, bool maySeal)
    {
        foreach (var member in element.EnumerateObject())
        {
            // A name can't be replaced, and its path must not tell it: the object goes.
            if (rules.Suspect(member.Name) is not 0 and var suspects
                && rules.BuiltInOf(suspects).FirstOrDefault(rule => (maySeal || !rule.Seals) && rule.IsIn(member.Name)) is { } rule)
            {
                Replace(rule, element, output);
                return;
            }
        }
        output.Write("{"u8);
        var first = true;
        foreach (var member in element.EnumerateObject())
        {
            if (!first)
            {
                output.Write(","u8);
            }
            first = false;
            output.Write("\""u8);
            output.Write(JsonMarshal.GetRawUtf8PropertyName(member));
            output.Write("\":"u8);
            _way.Add(member.Name);
            Write(member.Value, member.Name, Place.Step(places, member.Name, isElement: false), output, maySeal);
            _way.RemoveAt(_way.Count - 1);
        }
        output.Write("}"u8);
    }

    private void WriteArray(JsonElement element, List<Place> places, ArrayBufferWriter<byte> output, bool maySeal)
    {
        output.Write("["u8);
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            if (index > 0)
            {
                output.Write(","u8);
            }
            var segment = index++.ToString(CultureInfo.InvariantCulture);
            _way.Add(segment);
            Write(item, null, Place.Step(places, segment, isElement: true), output, maySeal);
            _way.RemoveAt(_way.Count - 1);
        }
        output.Write("]"u8);
    }

    private ValueRule? FindIn(string text, string? name, bool maySeal)
    {
        var suspects = rules.Suspect(text) | (name is null ? 0 : rules.Suspect(name));
        if (suspects == 0 && rules.Own.IsEmpty)
        {
            return null;
        }
        ValueRule? sealing = null;
        foreach (var rule in rules.BuiltInOf(suspects).Concat(rules.Own))
        {
            if (rule.IsIn(rule.Shape is { NeedsName: true } && name is not null ? $"{name}={text}" : text))
            {
                if (!rule.Seals)
                {
                    return rule;
                }
                sealing ??= rule;
            }
        }
        return maySeal ? sealing : null;
    }

    private void Replace(ValueRule rule, JsonElement value, ArrayBufferWriter<byte> output)
    {
        if (rule.Seals)
        {
            Seal(rule.Name, JsonMarshal.GetRawUtf8Value(value), output);
        }
        else
        {
            Redact(rule.Name, output);
        }
    }

    private void Redact(string rule, ArrayBufferWriter<byte> output)
    {
        findings.Add(new Finding(Pointer([.. _way]), rule));
        output.Write("{\"$redacted\":\""u8);
        output.Write(Encoding.ASCII.GetBytes(rule));
        output.Write("\"}"u8);
    }

    private void Seal(string rule, ReadOnlySpan<byte> canonicalValue, ArrayBufferWriter<byte> output)
    {
        if (findings.Count(finding => finding.Sealed is not null) >= MaxSealed)
        {
            Redact(rule, output);
            return;
        }
        var path = Pointer([.. _way]);
        var kept = seal(rule, path, canonicalValue);
        findings.Add(new Finding(path, rule, kept));
        output.Write("{\"$sealed\":\""u8);
        output.Write(Encoding.ASCII.GetBytes(kept.Commitment.ToString()));
        output.Write("\"}"u8);
    }

    /// <summary>How far a path was followed on the way to a value.</summary>
    private readonly record struct Place(PathRule Rule, int At)
    {
        private string Next => Rule.Path.Segments[At];

        public bool IsReached => At == Rule.Path.Segments.Count;

        /// <summary>One level deeper.</summary>
        public static List<Place> Step(List<Place> places, string segment, bool isElement)
        {
            var next = new List<Place>();
            foreach (var place in places)
            {
                if (place.IsReached)
                {
                    continue;
                }
                if (place.Next == RedactionPath.AnyDepth)
                {
                    next.Add(place);
                    if (Takes(place.Rule.Path.Segments[place.At + 1], segment, isElement))
                    {
                        next.Add(place with { At = place.At + 2 });
                    }
                }
                else if (Takes(place.Next, segment, isElement))
                {
                    next.Add(place with { At = place.At + 1 });
                }
            }
            return next;
        }

        private static bool Takes(string wanted, string segment, bool isElement) =>
            wanted == segment || (isElement && wanted == RedactionPath.EachElement);
    }
}
