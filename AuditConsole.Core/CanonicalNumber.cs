using System.Globalization;
using System.Text;

namespace AuditConsole.Core;

/// <summary>Numbers as RFC 8785, section 3.2.2.3, writes them: ECMAScript's Number::toString of the double.</summary>
public static class CanonicalNumber
{
    /// <summary>2^53−1, the greatest integer below which every integer is a double of its own.</summary>
    public const double MaxSafeInteger = 9007199254740991;

    /// <summary>The canonical form of a JSON number, or null with the reason why there is none.</summary>
    /// <param name="raw">A number in JSON's grammar.</param>
    /// <param name="refusal">The reason, a phrase that follows the name of the field.</param>
    public static string? Format(string raw, out string? refusal)
    {
        refusal = null;
        if (raw.Length <= 15 && raw[0] is >= '1' and <= '9' && !raw.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return raw;
        }
        var value = double.Parse(raw, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (Math.Abs(value) > MaxSafeInteger)
        {
            refusal = "is beyond 2^53−1, where numbers lose digits: send it as a string";
            return null;
        }
        var shortest = Format(value);
        if (Decimal.Parse(raw) != Decimal.Parse(shortest))
        {
            refusal = "has more digits than a double holds: send it as a string";
            return null;
        }
        return shortest;
    }

    /// <summary>ECMA-262, 6.1.6.1.20 Number::toString with radix 10, of a finite number.</summary>
    public static string Format(double value)
    {
        if (value == 0)
        {
            return "0"; // also for −0
        }
        // "R" gives the shortest digits that read back as the same double, in a form of its own (1E+21).
        var (negative, digits, exponent) = Decimal.Parse(value.ToString("R", CultureInfo.InvariantCulture));
        // The value is 0.d1d2…dk × 10^n in ECMAScript's terms.
        var k = digits.Length;
        var n = (int)exponent + k;
        var text = new StringBuilder(negative ? "-" : "", 32);
        if (k <= n && n <= 21)
        {
            text.Append(digits).Append('0', n - k);
        }
        else if (0 < n && n <= 21)
        {
            text.Append(digits, 0, n).Append('.').Append(digits, n, k - n);
        }
        else if (-6 < n && n <= 0)
        {
            text.Append("0.").Append('0', -n).Append(digits);
        }
        else
        {
            text.Append(digits[0]);
            if (k > 1)
            {
                text.Append('.').Append(digits, 1, k - 1);
            }
            text.Append('e').Append(n > 0 ? '+' : '-').Append(Math.Abs(n - 1));
        }
        return text.ToString();
    }

    /// <summary>A decimal value: ± digits × 10^exponent, without leading or trailing zeros.</summary>
    private readonly record struct Decimal(bool Negative, string Digits, long Exponent)
    {
        public static Decimal Parse(string text)
        {
            var rest = text.AsSpan();
            var negative = rest[0] == '-';
            if (negative)
            {
                rest = rest[1..];
            }
            long exponent = 0;
            var e = rest.IndexOfAny('e', 'E');
            if (e >= 0)
            {
                exponent = ParseExponent(rest[(e + 1)..]);
                rest = rest[..e];
            }
            var point = rest.IndexOf('.');
            string digits;
            if (point >= 0)
            {
                exponent -= rest.Length - point - 1;
                digits = string.Concat(rest[..point], rest[(point + 1)..]);
            }
            else
            {
                digits = rest.ToString();
            }
            var trimmed = digits.TrimEnd('0');
            exponent += digits.Length - trimmed.Length;
            trimmed = trimmed.TrimStart('0');
            return trimmed.Length == 0 ? new Decimal(false, "0", 0) : new Decimal(negative, trimmed, exponent);
        }

        // Saturates: an exponent of more digits than a long holds is refused all the same, by its double.
        private static long ParseExponent(ReadOnlySpan<char> text)
        {
            var negative = text[0] == '-';
            var digits = text.TrimStart("+-").TrimStart('0');
            var value = digits.Length > 15 ? 1_000_000_000_000_000 : digits.IsEmpty ? 0 : long.Parse(digits, CultureInfo.InvariantCulture);
            return negative ? -value : value;
        }
    }
}
