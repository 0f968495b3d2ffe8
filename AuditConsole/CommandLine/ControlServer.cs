using System.Buffers.Binary;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AuditConsole.CommandLine;

/// <summary>
/// Runs commands that another process of the same user sends, while this server holds the data directory. A small
/// host of its own, so that no public address can ever reach it.
/// </summary>
internal sealed partial class ControlServer(IServiceProvider services, DataDirectory directory, IHostApplicationLifetime lifetime, ILogger<ControlServer> logger)
    : IHostedService
{
    private WebApplication? _host;

    /// <summary>Starts to listen. The storage has been opened before: it holds the lock.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var path = ControlSocket.PathFor(directory);
        try
        {
            ControlSocket.Prepare(path);
            // No configuration of the process applies: its Urls are not meant for this host.
            var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [ConsoleHost.ReadOnce] });
            builder.Configuration.Sources.Clear();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(options =>
            {
                options.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http2);
                options.Limits.MaxRequestBodySize = null;
                options.Limits.MinRequestBodyDataRate = null;
                options.Limits.MinResponseDataRate = null;
            });
            _host = builder.Build();
            _host.MapPost(ControlProtocol.Route, RunAsync);
            await _host.StartAsync(cancellationToken);
            ControlSocket.Protect(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The console is worth more than its command line.
            Log.NoSocket(logger, fault, path);
        }
    }

    /// <summary>Waits for running commands, which <see cref="IHostApplicationLifetime.ApplicationStopping"/> has cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // A host that is disposed while it stops asks twice.
        if (Interlocked.Exchange(ref _host, null) is { } host)
        {
            await host.StopAsync(cancellationToken);
            await host.DisposeAsync();
        }
    }

    private async Task RunAsync(HttpContext http)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var parsed = new CommandTable().Parse(ControlProtocol.GetArguments(http.Request));
        if (parsed.Errors.Count > 0 || parsed.CommandResult.Command is not ConsoleCommand command)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        Log.Running(logger, command.Name);
        var output = http.Response.Body;
        await http.Response.StartAsync(http.RequestAborted);
        using var turn = new SemaphoreSlim(1);
        await using var scope = services.CreateAsyncScope();
        int exit;
        try
        {
            exit = await CommandTable.RunAsync(parsed, new CommandContext
            {
                Services = scope.ServiceProvider,
                Input = http.Request.Body,
                Out = ControlProtocol.CreateWriter(output, ControlProtocol.Kind.Out, turn, http.RequestAborted),
                Error = ControlProtocol.CreateWriter(output, ControlProtocol.Kind.Error, turn, http.RequestAborted),
                CancellationToken = ended.Token,
            });
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception fault)
        {
            Log.Failed(logger, fault, command.Name);
            await ControlProtocol.WriteAsync(
                output, ControlProtocol.Kind.Error, "The server failed at this command; its log says why.\n"u8.ToArray(), http.RequestAborted);
            exit = ExitCode.Refused;
        }
        var code = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(code, exit);
        await ControlProtocol.WriteAsync(output, ControlProtocol.Kind.Exit, code, http.RequestAborted);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Running the command {Command} for the command line.")]
        public static partial void Running(ILogger logger, string command);

        [LoggerMessage(Level = LogLevel.Error, Message = "The command {Command} failed.")]
        public static partial void Failed(ILogger logger, Exception fault, string command);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The command line can't reach this server: no socket at {Path}. Commands that write need the server to be stopped first.")]
        public static partial void NoSocket(ILogger logger, Exception fault, string path);
    }
}
