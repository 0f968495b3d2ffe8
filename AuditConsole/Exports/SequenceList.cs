using System.IO.Compression;

namespace AuditConsole.Exports;

/// <summary>The sequences of a file's rows in some bytes: the differences from one to the next, seven bits a byte, compressed.</summary>
internal static class SequenceList
{
    /// <summary>The bytes.</summary>
    public static byte[] Pack(IEnumerable<long> sequences)
    {
        using var output = new MemoryStream();
        using (var compressed = new BrotliStream(output, CompressionLevel.Fastest, leaveOpen: true))
        using (var writer = new BinaryWriter(compressed))
        {
            var before = 0L;
            foreach (var sequence in sequences)
            {
                var difference = sequence - before;
                // The sign in the lowest bit, so that small steps back are short too.
                writer.Write7BitEncodedInt64((difference << 1) ^ (difference >> 63));
                before = sequence;
            }
        }
        return output.ToArray();
    }

    /// <summary>The sequences that <see cref="Pack"/> was given.</summary>
    public static List<long> Unpack(byte[] packed, long count)
    {
        using var reader = new BinaryReader(new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress));
        var sequences = new List<long>((int)Math.Min(count, 1_000_000));
        var before = 0L;
        for (var i = 0L; i < count; i++)
        {
            var coded = reader.Read7BitEncodedInt64();
            before += (long)((ulong)coded >> 1) ^ -(coded & 1);
            sequences.Add(before);
        }
        return sequences;
    }
}
