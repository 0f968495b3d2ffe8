using System.Globalization;
using System.Text;

namespace AuditConsole.Schemas;

/// <summary>A set of Unicode code points, which becomes an expression over the UTF-16 units that .NET matches.</summary>
internal sealed class CodePointSet
{
    private const int Last = 0x10FFFF;

    private readonly List<(int First, int Last)> _ranges = [];

    /// <summary>What <c>\d</c> stands for in ECMAScript.</summary>
    public static CodePointSet Digits { get; } = new CodePointSet().Add('0', '9');

    /// <summary>What <c>\w</c> stands for in ECMAScript.</summary>
    public static CodePointSet WordCharacters { get; } = new CodePointSet().Add('0', '9').Add('A', 'Z').Add('a', 'z').Add('_', '_');

    /// <summary>What <c>\s</c> stands for in ECMAScript: white space and line ends.</summary>
    public static CodePointSet Spaces { get; } = new CodePointSet()
        .Add(0x09, 0x0D).Add(0x20, 0x20).Add(0xA0, 0xA0).Add(0x1680, 0x1680).Add(0x2000, 0x200A).Add(0x2028, 0x2029)
        .Add(0x202F, 0x202F).Add(0x205F, 0x205F).Add(0x3000, 0x3000).Add(0xFEFF, 0xFEFF);

    /// <summary>What <c>.</c> stands for in ECMAScript: all but line ends.</summary>
    public static CodePointSet AnyInLine { get; } = new CodePointSet().Add('\n', '\n').Add('\r', '\r').Add(0x2028, 0x2029).Complement();

    /// <summary>Adds a range, both ends included.</summary>
    public CodePointSet Add(int first, int last)
    {
        _ranges.Add((first, last));
        return this;
    }

    /// <summary>Adds another set.</summary>
    public CodePointSet Add(CodePointSet other)
    {
        _ranges.AddRange(other._ranges);
        return this;
    }

    /// <summary>All other code points.</summary>
    public CodePointSet Complement()
    {
        var others = new CodePointSet();
        var next = 0;
        foreach (var (first, last) in Merged())
        {
            if (first > next)
            {
                others.Add(next, first - 1);
            }
            next = last + 1;
        }
        return next <= Last ? others.Add(next, Last) : others;
    }

    /// <summary>A group that matches one code point of the set; text holds no lone surrogates.</summary>
    public string ToExpression()
    {
        var single = new StringBuilder();
        var pairs = new List<string>();
        foreach (var (first, last) in Merged())
        {
            Write(single, first, Math.Min(last, 0xD7FF));
            Write(single, Math.Max(first, 0xE000), Math.Min(last, 0xFFFF));
            if (last > 0xFFFF)
            {
                AddPairs(pairs, Math.Max(first, 0x10000), last);
            }
        }
        if (single.Length > 0)
        {
            if (pairs.Count == 0 && single.Length == 6)
            {
                return single.ToString();
            }
            pairs.Insert(0, $"[{single}]");
        }
        // [^\s\S] matches nothing: an empty set is legal in ECMAScript.
        return pairs.Count == 0 ? @"[^\s\S]" : $"(?:{string.Join('|', pairs)})";
    }

    private static void AddPairs(List<string> pairs, int first, int last)
    {
        var (firstHigh, firstLow) = Split(first);
        var (lastHigh, lastLow) = Split(last);
        if (firstHigh == lastHigh)
        {
            pairs.Add(Pair(firstHigh, firstHigh, firstLow, lastLow));
            return;
        }
        if (firstLow > 0xDC00)
        {
            pairs.Add(Pair(firstHigh, firstHigh, firstLow, 0xDFFF));
            firstHigh++;
        }
        if (lastLow < 0xDFFF)
        {
            pairs.Add(Pair(lastHigh, lastHigh, 0xDC00, lastLow));
            lastHigh--;
        }
        if (firstHigh <= lastHigh)
        {
            pairs.Add(Pair(firstHigh, lastHigh, 0xDC00, 0xDFFF));
        }
    }

    private static string Pair(int firstHigh, int lastHigh, int firstLow, int lastLow)
    {
        var text = new StringBuilder("[");
        Write(text, firstHigh, lastHigh);
        text.Append("][");
        Write(text, firstLow, lastLow);
        return text.Append(']').ToString();
    }

    private static (int High, int Low) Split(int codePoint) => (0xD800 + ((codePoint - 0x10000) >> 10), 0xDC00 + ((codePoint - 0x10000) & 0x3FF));

    private static void Write(StringBuilder text, int first, int last)
    {
        if (first > last)
        {
            return;
        }
        text.Append(CultureInfo.InvariantCulture, $"\\u{first:X4}");
        if (last > first)
        {
            text.Append(CultureInfo.InvariantCulture, $"-\\u{last:X4}");
        }
    }

    private List<(int First, int Last)> Merged()
    {
        var merged = new List<(int First, int Last)>();
        foreach (var (first, last) in _ranges.Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            }
            else
            {
                merged.Add((first, last));
            }
        }
        return merged;
    }
}
