using System.Globalization;
using System.Reflection;
using AuditConsole.Benchmarks;
using AuditConsole.Benchmarks.Scale;
using BenchmarkDotNet.Running;

if (args is ["store", .. var options])
{
    var entries = options is ["--entries", var number] ? int.Parse(number, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 200_000;
    await StoreBenchmark.RunAsync(entries);
    return;
}
if (args is ["checkpoints", .. var rest])
{
    await CheckpointBenchmark.RunAsync(rest is ["--entries", var text] ? int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 200_000);
    return;
}
if (args is ["read", .. var readOptions])
{
    var entries = readOptions is ["--entries", var number] ? int.Parse(number, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 100_000;
    await ReadApiBenchmark.RunAsync(entries);
    return;
}
if (args is ["scale", "--entries", var many, .. var scaleOptions])
{
    await ScaleBenchmark.RunAsync(
        long.Parse(many, NumberStyles.AllowThousands, CultureInfo.InvariantCulture), ValueOf("--data", scaleOptions), ValueOf("--rows", scaleOptions)?.Split(','));
    return;
}
if (args is ["verify", "--entries", var verified, .. var verifyOptions])
{
    await ScaleBenchmark.VerifyAsync(
        long.Parse(verified, NumberStyles.AllowThousands, CultureInfo.InvariantCulture), ValueOf("--data", verifyOptions));
    return;
}
if (args is ["archive", var archiveFile, var archiveEntries, .. var archiveGaps] && archiveGaps.Length < 2)
{
    EvidenceBenchmark.WriteArchive(
        archiveFile, int.Parse(archiveEntries, NumberStyles.AllowThousands, CultureInfo.InvariantCulture),
        archiveGaps is [var gaps] ? int.Parse(gaps, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 0);
    return;
}
if (args is ["receipt", var receiptRows, var receiptEntries])
{
    await EvidenceBenchmark.WriteReceiptAsync(
        int.Parse(receiptRows, NumberStyles.AllowThousands, CultureInfo.InvariantCulture), int.Parse(receiptEntries, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
    return;
}
if (args is ["deliver", .. var deliverOptions])
{
    var delivered = ValueOf("--entries", deliverOptions) is { } number ? int.Parse(number, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 100_000;
    await DeliverBenchmark.RunAsync(delivered, ValueOf("--kind", deliverOptions));
    return;
}
if (args is ["door"])
{
    DoorBenchmark.Run(20_000);
    return;
}
if (args is ["schema"])
{
    SchemaBenchmark.Run(20_000);
    return;
}
BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);

static string? ValueOf(string option, string[] options)
{
    var at = Array.IndexOf(options, option) + 1;
    return at > 0 && at < options.Length ? options[at] : null;
}
