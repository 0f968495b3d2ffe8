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
        long.Parse(many, NumberStyles.AllowThousands, CultureInfo.InvariantCulture), scaleOptions is ["--data", var folder] ? folder : null);
    return;
}
if (args is ["verify", "--entries", var verified, .. var verifyOptions])
{
    await ScaleBenchmark.VerifyAsync(
        long.Parse(verified, NumberStyles.AllowThousands, CultureInfo.InvariantCulture), verifyOptions is ["--data", var place] ? place : null);
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
    var at = Array.IndexOf(deliverOptions, "--entries") + 1;
    var kindAt = Array.IndexOf(deliverOptions, "--kind") + 1;
    var delivered = at > 0 ? int.Parse(deliverOptions[at], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 100_000;
    await DeliverBenchmark.RunAsync(delivered, kindAt > 0 ? deliverOptions[kindAt] : null);
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
