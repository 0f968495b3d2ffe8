using Microsoft.Extensions.Options;

namespace AuditConsole.Notices;

/// <summary>Tells Admins of what needs them, by e-mail.</summary>
public static class NoticesFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddNotices(this IServiceCollection services)
    {
        services.AddOptions<SmtpOptions>().BindConfiguration(SmtpOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SmtpOptions>, SmtpOptions.Validator>();
        services.AddSingleton<AdminMail>();
        services.AddHostedService(provider => provider.GetRequiredService<AdminMail>());
        return services;
    }
}
