using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AuditConsole.Operations;
using AuditConsole.Tests.Ingest;

namespace AuditConsole.Tests.Operations;

public sealed class MetricsTests
{
    [Fact]
    public async Task What_the_service_does_is_measured()
    {
        var measured = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ConsoleMetrics.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => measured.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => measured.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => measured.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.Start();
        await using var console = new ConsoleFactory();
        console.StartServer();
        using var producer = await Producer.CreateAsync(console);
        await producer.SendAsync(Bodies.Batch(7), "k");
        await producer.SendAsync(Bodies.Batch(7), "k");
        listener.RecordObservableInstruments();
        // Other tests of the run may be measured too.
        Assert.True(measured["audit_console.entries.appended"] >= 7);
        Assert.True(measured["audit_console.append.replays"] >= 1);
        Assert.True(measured["audit_console.append.duration"] > 0);
        Assert.True(measured["audit_console.writer.group_size"] >= 8);
        Assert.True(measured.ContainsKey("audit_console.writer.queue_length"));
        Assert.True(measured.ContainsKey("audit_console.verification.failing"));
    }
}
