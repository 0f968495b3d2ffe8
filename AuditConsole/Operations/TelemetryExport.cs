using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AuditConsole.Operations;

/// <summary>Sends metrics and traces over OTLP, if <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a receiver.</summary>
internal sealed class TelemetryExport : IHostedService, IDisposable
{
    /// <summary>The standard environment variable; the SDK reads the others of its family (headers, protocol) itself.</summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly bool _isOn = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Endpoint));
    private MeterProvider? _metrics;
    private TracerProvider? _traces;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_isOn)
        {
            var resource = ResourceBuilder.CreateDefault().AddService(
                "audit-console", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version?.ToString());
            _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
                .AddMeter(ConsoleMetrics.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                .AddOtlpExporter().Build();
            _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
                .AddSource(ConsoleMetrics.Name, "Microsoft.AspNetCore")
                .AddOtlpExporter().Build();
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Disposing sends what is left; the host disposes it after the server stopped.
    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }
}
