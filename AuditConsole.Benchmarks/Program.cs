using System.Globalization;
using System.Reflection;
using AuditConsole.Benchmarks;
using BenchmarkDotNet.Running;

if (args is ["store", .. var options])
{
    var entries = options is ["--entries", var number] ? int.Parse(number, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 200_000;
    await StoreBenchmark.RunAsync(entries);
    return;
}
BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);
