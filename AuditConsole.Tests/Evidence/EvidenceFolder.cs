using System.IO.Compression;
using AuditConsole.Verify;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Tests.Evidence;

/// <summary>A folder of files to verify, deleted afterwards.</summary>
internal sealed class EvidenceFolder : IDisposable
{
    private int _files;

    public string Root { get; } = Directory.CreateTempSubdirectory("audit-evidence-").FullName;

    public string Write(string name, IEnumerable<byte[]> lines) => Write(name, lines.SelectMany(line => line).ToArray());

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Root, $"{++_files}-{name}");
        if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
            gzip.Write(bytes);
        }
        else
        {
            File.WriteAllBytes(path, bytes);
        }
        return path;
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>What the program says of files.</summary>
    public static Report Verify(string? key, params string[] files) => VerifyProgram.Verify(files, key is null ? [] : [key]);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
