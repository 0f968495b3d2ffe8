using System.Globalization;
using AuditConsole.Storage.Sqlite;

namespace AuditConsole.Tests.Storage;

public sealed class EntryIdsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_795_000_000_123)]
    [InlineData(253_402_300_799_999)]
    public void An_id_is_a_UUID_of_version_7_with_its_time(long milliseconds)
    {
        var id = new EntryIds().Next(milliseconds);

        Assert.Equal(7, id.Version);
        Assert.InRange(id.Variant, 8, 11);
        Assert.Equal(milliseconds, long.Parse(id.ToString("N")[..12], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    [Fact]
    public void No_two_are_the_same_and_all_other_bits_are_random()
    {
        var ids = new EntryIds();
        var made = Enumerable.Range(0, 2000).Select(_ => ids.Next(1)).ToList();

        Assert.Equal(made.Count, made.Distinct().Count());
        // Each of the 74 bits is set in about half of them.
        var bytes = made.ConvertAll(id => id.ToByteArray(bigEndian: true));
        foreach (var bit in Enumerable.Range(52, 12).Concat(Enumerable.Range(66, 62)))
        {
            Assert.InRange(bytes.Count(id => (id[bit / 8] >> (7 - bit % 8) & 1) == 1), 700, 1300);
        }
    }
}
