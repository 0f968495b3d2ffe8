using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace AuditConsole.Operations;

/// <summary>Says where the console is, once it answers.</summary>
internal sealed partial class StartAnnouncement(IServer server, IHostApplicationLifetime lifetime, ILogger<StartAnnouncement> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
            {
                Log.Ready(logger, address);
            }
        });
        lifetime.ApplicationStopping.Register(() => Log.Stopping(logger));
        lifetime.ApplicationStopped.Register(() => Log.Stopped(logger));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "AuditConsole is ready: {Address}")]
        public static partial void Ready(ILogger logger, string address);

        [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: requests that were accepted are finished first.")]
        public static partial void Stopping(ILogger logger);

        [LoggerMessage(Level = LogLevel.Information, Message = "Stopped.")]
        public static partial void Stopped(ILogger logger);
    }
}
