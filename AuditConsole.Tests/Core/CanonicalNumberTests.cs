using System.Globalization;
using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

public sealed class CanonicalNumberTests
{
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void The_table_of_RFC_8785_appendix_B_holds(string bits, string text) => Assert.Equal(text, CanonicalNumber.Format(FromBits(bits)));

    [Fact]
    public void Doubles_are_written_as_ECMAScript_writes_them()
    {
        var lines = RepositoryFile.Read("AuditConsole.Tests/Core/numbers.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList();
        Assert.True(lines.Count > 1500);
        foreach (var line in lines)
        {
            Assert.Equal(line, $"{line[..16]} {CanonicalNumber.Format(FromBits(line[..16]))}");
        }
    }

    [Fact]
    public void The_shortest_form_of_every_double_up_to_the_greatest_safe_integer_stays()
    {
        Property.Holds(seed => Stays(BitConverter.Int64BitsToDouble(new Random(seed).NextInt64(long.MinValue, long.MaxValue))), times: 3000);
        Property.Holds(seed => Stays(new RandomJson(seed).Number()), times: 3000);

        static bool Stays(double value)
        {
            if (!double.IsFinite(value) || Math.Abs(value) > CanonicalNumber.MaxSafeInteger)
            {
                return true;
            }
            var text = CanonicalNumber.Format(value);
            return CanonicalNumber.Format(text, out var refusal) == text && refusal is null
                && double.Parse(text, CultureInfo.InvariantCulture) == value;
        }
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.0e5", "0")]
    [InlineData("0e999999999999999999999", "0")]
    [InlineData("1.0", "1")]
    [InlineData("1.50", "1.5")]
    [InlineData("100", "100")]
    [InlineData("1e2", "100")]
    [InlineData("10E-1", "1")]
    [InlineData("1E+2", "100")]
    [InlineData("0.00001e5", "1")]
    [InlineData("-12.5e-1", "-1.25")]
    [InlineData("999999999999999", "999999999999999")]
    [InlineData("9007199254740991", "9007199254740991")]
    [InlineData("-9007199254740991", "-9007199254740991")]
    [InlineData("9007199254740991.0", "9007199254740991")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("1e-7", "1e-7")]
    [InlineData("0.0000001", "1e-7")]
    public void One_value_has_one_form(string raw, string canonical)
    {
        Assert.Equal(canonical, CanonicalNumber.Format(raw, out var refusal));
        Assert.Null(refusal);
    }

    [Theory]
    [InlineData("9007199254740992", "beyond 2^53−1")]
    [InlineData("-9007199254740992", "beyond 2^53−1")]
    [InlineData("9007199254740993", "beyond 2^53−1")]
    [InlineData("1e21", "beyond 2^53−1")]
    [InlineData("1E30", "beyond 2^53−1")]
    [InlineData("1e400", "beyond 2^53−1")]
    [InlineData("-1e400", "beyond 2^53−1")]
    [InlineData("1e99999999999999999999", "beyond 2^53−1")]
    [InlineData("1e-400", "more digits")]
    [InlineData("1e-99999999999999999999", "more digits")]
    [InlineData("3e-324", "more digits")]
    [InlineData("333333333.33333329", "more digits")]
    [InlineData("0.1000000000000000055511151231257827", "more digits")]
    [InlineData("0.30000000000000001", "more digits")]
    [InlineData("9007199254740990.9", "more digits")]
    public void A_number_that_loses_digits_is_refused(string raw, string reason)
    {
        Assert.Null(CanonicalNumber.Format(raw, out var refusal));
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
        Assert.EndsWith("send it as a string", refusal, StringComparison.Ordinal);
    }

    private static double FromBits(string bits) =>
        BitConverter.Int64BitsToDouble(long.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
}
