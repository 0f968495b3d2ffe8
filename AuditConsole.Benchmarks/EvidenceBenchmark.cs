using System.Buffers;
using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Demo;

namespace AuditConsole.Benchmarks;

/// <summary>Files to measure <c>audit-verify</c> with, written by the service's own writers from the demo's entries, without a store.</summary>
internal static class EvidenceBenchmark
{
    private const string Service = "bench.example.com";
    private const int SendAfterBytes = 256 * 1024;

    private static readonly Guid Tenant = Guid.Parse("6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de");

    /// <summary>Writes an archive, and the public key beside it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="entries">How many places.</param>
    /// <param name="gaps">How many of them, scattered, have no entry any more.</param>
    public static void WriteArchive(string path, int entries, int gaps)
    {
        var watch = Stopwatch.StartNew();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using (var file = Create(path))
        {
            var output = new ArrayBufferWriter<byte>(SendAfterBytes);
            var (head, tree) = (ChainHead.Empty, new MerkleFrontier());
            ArchiveFormat.WriteHeader(output, Tenant, head, tree);
            var random = new Random(1);
            foreach (var entry in Entries(entries))
            {
                var leaf = HashChain.HashHead(entry.Head, new());
                head = head.Append(leaf);
                tree.Append(leaf);
                if (random.NextDouble() * entries < gaps)
                {
                    ArchiveFormat.WritePurged(output, head.Size, leaf, head.Hash);
                }
                else
                {
                    ArchiveFormat.WriteEntry(output, entry.Head, entry.Prepared.Details, entry.Prepared.Salt, head.Hash);
                }
                Send(file, output, SendAfterBytes);
            }
            ArchiveFormat.WriteCheckpoint(output, Sign(key, head, tree.Root()).Note);
            Send(file, output, 0);
        }
        File.WriteAllText($"{path}.pem", CheckpointKey.From(key).ToPem());
        Console.WriteLine($"{path}: {entries:N0} entries, {new FileInfo(path).Length / 1e6:N1} MB, written in {watch.Elapsed.TotalSeconds:N1} s; key in {path}.pem");
    }

    /// <summary>Writes the receipt of a CSV of rows that are scattered over a log, and says how large its parts are.</summary>
    public static async Task WriteReceiptAsync(int rows, int entries)
    {
        var random = new Random(1);
        var wanted = new HashSet<long>();
        while (wanted.Count < rows)
        {
            wanted.Add(random.NextInt64(entries));
        }
        var path = Path.GetTempFileName();
        try
        {
            var output = new ArrayBufferWriter<byte>(SendAfterBytes);
            var (nodes, watch) = (0, Stopwatch.StartNew());
            long lines;
            await using (var file = File.Create(path))
            {
                await using (var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
                {
                    var written = new ReceiptRows(output);
                    // Newest first, as the file has them.
                    foreach (var entry in Entries(rows, [.. wanted.OrderDescending()]))
                    {
                        written.AddCsv(entry.Head, entry.Prepared.Details, entry.Prepared.Salt);
                        Send(gzip, output, SendAfterBytes);
                    }
                    written.Complete();
                    Send(gzip, output, 0);
                    await gzip.FlushAsync();
                    lines = file.Length;
                    var batch = new List<EntryHash>();
                    await foreach (var node in MerkleProof.MultiproofAsync(new MadeUpNodes(), [.. wanted.Order()], entries, default))
                    {
                        nodes++;
                        batch.Add(node);
                        if (batch.Count == ReceiptFormat.NodesInLine)
                        {
                            ReceiptFormat.WriteNodes(output, batch);
                            batch.Clear();
                            Send(gzip, output, SendAfterBytes);
                        }
                    }
                    ReceiptFormat.WriteNodes(output, batch);
                    Send(gzip, output, 0);
                }
                Console.WriteLine(
                    $"receipt of {rows:N0} rows scattered over {entries:N0}: {file.Length / 1e6:N1} MB, of it rows {lines / 1e6:N1} MB and multiproof {(file.Length - lines) / 1e6:N1} MB ({nodes:N0} nodes, {nodes * 32 / 1e6:N1} MB bare); {watch.Elapsed.TotalSeconds:N1} s");
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static IEnumerable<(EntryHead Head, PreparedEntry Prepared)> Entries(int count, IReadOnlyList<long>? indexes = null)
    {
        var now = new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);
        var world = DemoWorld.Make(DemoWorld.Acme(50_000), 1, now, now.AddMonths(-23)).Entries;
        for (var i = 0; i < count; i++)
        {
            var prepared = PreparedEntry.From(world[i % world.Count]);
            var at = prepared.Content.OccurredAt ?? now;
            yield return (new EntryHead(Guid.CreateVersion7(at), Tenant, (indexes?[i] ?? i) + 1, at, at, "key:bench", prepared.Content, prepared.DetailsHash), prepared);
        }
    }

    private static SignedCheckpoint Sign(ECDsa key, ChainHead head, EntryHash root) =>
        SignedCheckpoint.Sign(new Checkpoint(Service, Tenant, head.Size, root, head.Hash, DateTimeOffset.FromUnixTimeMilliseconds(1_795_365_728_402)), key);

    private static Stream Create(string path) =>
        path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(File.Create(path), CompressionLevel.Fastest) : File.Create(path);

    private static void Send(Stream stream, ArrayBufferWriter<byte> output, int atLeast)
    {
        if (output.WrittenCount > atLeast)
        {
            stream.Write(output.WrittenSpan);
            output.ResetWrittenCount();
        }
    }

    // Hashes that nobody can compress: how many a proof has depends on the places alone.
    private sealed class MadeUpNodes : IMerkleNodes
    {
        public ValueTask<EntryHash> ReadAsync(int level, long index, CancellationToken cancellationToken)
        {
            Span<byte> place = stackalloc byte[16];
            BitConverter.TryWriteBytes(place, index);
            BitConverter.TryWriteBytes(place[8..], level);
            return ValueTask.FromResult(new EntryHash(SHA256.HashData(place)));
        }
    }
}
