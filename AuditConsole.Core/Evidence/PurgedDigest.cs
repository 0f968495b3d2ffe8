using System.Security.Cryptography;
using System.Text;

namespace AuditConsole.Core.Evidence;

/// <summary>
/// What a record of a purge commits to: all places whose entries purges took so far. The form stands in docs/format.md.
/// </summary>
public static class PurgedDigest
{
    private const byte Prefix = 0x05;
    private const int RangesAtOnce = 1000;

    /// <summary><c>SHA-256(0x05 ‖ first-last LF ‖ first-last LF ‖ …)</c>, decimal and in ASCII.</summary>
    /// <param name="ranges">Ranges of sequences, in order, each as long as it can be: no two touch.</param>
    public static EntryHash Of(IEnumerable<(long First, long Last)> ranges)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([Prefix]);
        var text = new StringBuilder();
        foreach (var batch in ranges.Chunk(RangesAtOnce))
        {
            foreach (var (first, last) in batch)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{first}-{last}\n");
            }
            hash.AppendData(Encoding.ASCII.GetBytes(text.ToString()));
            text.Clear();
        }
        return new EntryHash(hash.GetHashAndReset());
    }
}
