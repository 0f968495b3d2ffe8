using Microsoft.Extensions.Options;

namespace AuditConsole.Sealing;

/// <summary>Values that rules keep apart from the entries.</summary>
public static class SealingFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddSealing(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SealOptions>().BindConfiguration(SealOptions.Section)
            .Validate(
                options => options.SealKeyFile is null or "" || File.Exists(options.SealKeyFile),
                $"{SealOptions.Section}:{nameof(SealOptions.SealKeyFile)} names a file that isn't there. Make a key with: openssl rand -base64 32")
            .ValidateOnStart();
        services.AddHostedService<SealKeyCheck>();
        return services.AddSingleton<SealKey>().AddSingleton<Sealer>().AddSingleton<SealedValueService>();
    }
}
