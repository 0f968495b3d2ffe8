using System.Globalization;
using System.Text;

namespace AuditConsole.Schemas;

/// <summary>Writes a regular expression of ECMAScript (flag u) as one of .NET that matches the same texts.</summary>
internal sealed class PatternTranslator(string source)
{
    /// <summary>The most UTF-16 units of a pattern.</summary>
    public const int MaxLength = 500;

    /// <summary>The most single characters that a pattern stands for once its counts are written out: what bounds the work for each character of a text.</summary>
    public const int MaxSize = 1000;

    /// <summary>Why a pattern of that kind is refused.</summary>
    public const string TooLarge = "is too large a pattern: its counts, written out, stand for more than 1,000 characters";

    private const int MaxDepth = 20;
    private const string Special = "^$\\.*+?()[]{}|/";

    private int _at;

    /// <summary>The expression.</summary>
    /// <exception cref="PatternException">It can't be used.</exception>
    public string Translate()
    {
        if (source.Length > MaxLength)
        {
            throw new PatternException($"is a pattern of more than {MaxLength} characters");
        }
        var (expression, size) = ReadAlternatives(1);
        if (_at < source.Length)
        {
            throw Fault("closes a group that isn't open");
        }
        return size <= MaxSize ? expression : throw new PatternException(TooLarge);
    }

    private (string Expression, long Size) ReadAlternatives(int depth)
    {
        if (depth > MaxDepth)
        {
            throw Fault($"nests groups deeper than {MaxDepth}");
        }
        var text = new StringBuilder();
        long size = 0;
        while (_at < source.Length && source[_at] != ')')
        {
            if (source[_at] == '|')
            {
                _at++;
                text.Append('|');
                continue;
            }
            if (source[_at] is '^' or '$')
            {
                text.Append(source[_at++] == '^' ? @"\A" : @"\z");
                continue;
            }
            var (atom, atomSize) = ReadAtom(depth);
            var (quantifier, times) = ReadQuantifier();
            text.Append(atom).Append(quantifier);
            size = Math.Min(size + Math.Max(1, atomSize) * times, int.MaxValue);
        }
        return (text.ToString(), size);
    }

    private (string Expression, long Size) ReadAtom(int depth)
    {
        var unit = source[_at];
        switch (unit)
        {
            case '(':
                _at++;
                if (_at < source.Length && source[_at] == '?')
                {
                    if (_at + 1 >= source.Length || source[_at + 1] != ':')
                    {
                        throw Fault("looks around, names a group or sets flags, which can't be matched without backtracking");
                    }
                    _at += 2;
                }
                var (inner, size) = ReadAlternatives(depth + 1);
                if (_at >= source.Length)
                {
                    throw Fault("leaves a group open");
                }
                _at++;
                return ($"(?:{inner})", size);
            case '.':
                _at++;
                return (CodePointSet.AnyInLine.ToExpression(), 1);
            case '[':
                _at++;
                return (ReadClass().ToExpression(), 1);
            case '\\':
                return (ReadEscape(inClass: false).Set.ToExpression(), 1);
            case '*' or '+' or '?':
                throw Fault("repeats nothing");
            case '{' or '}' or ']':
                throw Fault($"holds a {unit} that needs a \\ before it");
            default:
                var point = ReadCodePoint();
                return (new CodePointSet().Add(point, point).ToExpression(), 1);
        }
    }

    private (string Expression, long Times) ReadQuantifier()
    {
        if (_at >= source.Length)
        {
            return ("", 1);
        }
        (string Expression, long Times) found;
        switch (source[_at])
        {
            case '*' or '+' or '?':
                found = (source[_at++].ToString(), 1);
                break;
            case '{':
                _at++;
                var least = ReadCount();
                int? most = least;
                if (_at < source.Length && source[_at] == ',')
                {
                    _at++;
                    most = _at < source.Length && source[_at] != '}' ? ReadCount() : null;
                }
                if (_at >= source.Length || source[_at] != '}' || most < least)
                {
                    throw Fault("has a count that is none, as {2,5}");
                }
                _at++;
                found = (most == least ? $"{{{least}}}" : $"{{{least},{most}}}", Math.Max(1, most ?? least + 1));
                break;
            default:
                return ("", 1);
        }
        if (_at < source.Length && source[_at] == '?')
        {
            // As few as possible or as many: whether a text matches is the same.
            _at++;
        }
        return found;
    }

    private int ReadCount()
    {
        var start = _at;
        while (_at < source.Length && char.IsAsciiDigit(source[_at]))
        {
            _at++;
        }
        if (_at == start)
        {
            throw Fault("has a count that is none, as {2,5}");
        }
        return int.TryParse(source.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MaxSize
            ? count
            : throw new PatternException(TooLarge);
    }

    private CodePointSet ReadClass()
    {
        var set = new CodePointSet();
        var isNegated = _at < source.Length && source[_at] == '^';
        _at += isNegated ? 1 : 0;
        while (_at < source.Length && source[_at] != ']')
        {
            var (first, single) = ReadClassAtom();
            if (_at + 1 < source.Length && source[_at] == '-' && source[_at + 1] != ']')
            {
                _at++;
                var (_, end) = ReadClassAtom();
                if (single is not { } from || end is not { } to || from > to)
                {
                    throw Fault("has a range of characters that is none");
                }
                set.Add(from, to);
            }
            else
            {
                set.Add(first);
            }
        }
        if (_at >= source.Length)
        {
            throw Fault("leaves a [ open");
        }
        _at++;
        return isNegated ? set.Complement() : set;
    }

    private (CodePointSet Set, int? Single) ReadClassAtom()
    {
        if (_at >= source.Length)
        {
            throw Fault("leaves a [ open");
        }
        if (source[_at] == '\\')
        {
            return ReadEscape(inClass: true);
        }
        var point = ReadCodePoint();
        return (new CodePointSet().Add(point, point), point);
    }

    private (CodePointSet Set, int? Single) ReadEscape(bool inClass)
    {
        _at++;
        if (_at >= source.Length)
        {
            throw Fault("ends with a \\");
        }
        var unit = source[_at++];
        switch (unit)
        {
            case 'd':
                return (CodePointSet.Digits, null);
            case 'D':
                return (CodePointSet.Digits.Complement(), null);
            case 'w':
                return (CodePointSet.WordCharacters, null);
            case 'W':
                return (CodePointSet.WordCharacters.Complement(), null);
            case 's':
                return (CodePointSet.Spaces, null);
            case 'S':
                return (CodePointSet.Spaces.Complement(), null);
            case 'b' or 'B' when !inClass:
                throw Fault("looks at the edges of words (\\b), which is not taken here");
            case 'k' or (>= '1' and <= '9'):
                throw Fault("refers to a group, which can't be matched without backtracking");
            case 'p' or 'P':
                throw Fault("names a Unicode property, which is not taken here");
        }
        int? point = unit switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            'b' => '\b',
            '0' when _at >= source.Length || !char.IsAsciiDigit(source[_at]) => 0,
            'x' => ReadHex(2),
            'u' => ReadUnicode(),
            '-' when inClass => '-',
            _ when Special.Contains(unit, StringComparison.Ordinal) => unit,
            _ => null,
        };
        return point is { } found ? (new CodePointSet().Add(found, found), found) : throw Fault($"has an escape \\{unit} that is not known");
    }

    private int ReadUnicode()
    {
        if (_at < source.Length && source[_at] == '{')
        {
            var end = source.IndexOf('}', _at);
            if (end < 0 || !int.TryParse(source.AsSpan(_at + 1, end - _at - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point)
                || point is < 0 or > 0x10FFFF)
            {
                throw Fault("has an escape \\u{…} that is no character");
            }
            _at = end + 1;
            return Scalar(point);
        }
        var unit = ReadHex(4);
        if (unit is >= 0xD800 and <= 0xDBFF && _at + 6 <= source.Length && source[_at] == '\\' && source[_at + 1] == 'u')
        {
            _at += 2;
            var low = ReadHex(4);
            return low is >= 0xDC00 and <= 0xDFFF ? char.ConvertToUtf32((char)unit, (char)low) : throw Fault("has half of a surrogate pair");
        }
        return Scalar(unit);
    }

    private int Scalar(int point) => point is >= 0xD800 and <= 0xDFFF ? throw Fault("has half of a surrogate pair") : point;

    private int ReadHex(int digits)
    {
        if (_at + digits > source.Length || !int.TryParse(source.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            throw Fault("has an escape with too few hexadecimal digits");
        }
        _at += digits;
        return value;
    }

    private int ReadCodePoint()
    {
        var point = char.ConvertToUtf32(source, _at);
        _at += point > 0xFFFF ? 2 : 1;
        return point;
    }

    private PatternException Fault(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"is a pattern that {what} (before character {_at + 1})"));
}
