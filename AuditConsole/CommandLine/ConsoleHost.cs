using System.Reflection;
using Microsoft.Extensions.Logging.Console;

namespace AuditConsole.CommandLine;

/// <summary>Builds the application for serving, or for one command.</summary>
internal static class ConsoleHost
{
    /// <summary>
    /// Has a host read its configuration files once: to watch them means to be told of every write below the working
    /// directory, where the database may lie, which took a twentieth of the processors under load.
    /// </summary>
    public const string ReadOnce = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>A builder whose configuration files are read once.</summary>
    /// <param name="configuration">Configuration arguments, as <c>--Urls=http://127.0.0.1:5080</c>.</param>
    public static WebApplicationBuilder CreateBuilder(string[] configuration) => WebApplication.CreateBuilder([ReadOnce, .. configuration]);

    /// <summary>Serves until the process is told to stop.</summary>
    /// <param name="configuration">Configuration arguments, as <c>--Urls=http://127.0.0.1:5080</c>.</param>
    /// <param name="configure">Changes the application before it is built.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> ServeAsync(string[] configuration, Action<WebApplicationBuilder>? configure = null)
    {
        try
        {
            var builder = CreateBuilder(configuration);
            builder.AddAuditConsole();
            configure?.Invoke(builder);
            await using var app = builder.Build();
            app.UseAuditConsole();
            await app.RunAsync();
            return ExitCode.Done;
        }
        catch (Exception fault) when (IsOwnProcess && CommandTable.ReasonOf(fault) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            return ExitCode.Refused;
        }
    }

    /// <summary>The services, without a server. What is logged goes to standard error: standard output is the command's.</summary>
    public static WebApplication BuildForCommand(WebApplicationBuilder builder)
    {
        builder.AddAuditConsole();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter((_, level) => level >= LogLevel.Warning);
        builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        return builder.Build();
    }

    // A test host runs Main on a thread of its own and wants the exception.
    private static bool IsOwnProcess => Assembly.GetEntryAssembly() == typeof(ConsoleHost).Assembly;
}
