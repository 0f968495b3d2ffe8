namespace AuditConsole.CommandLine;

/// <summary>Commands that reach a running server.</summary>
public static class CommandLineFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddCommandLine(this IServiceCollection services) => services.AddHostedService<ControlServer>();
}
