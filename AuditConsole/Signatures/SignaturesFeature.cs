namespace AuditConsole.Signatures;

/// <summary>Entries that producers sign with their own keys.</summary>
public static class SignaturesFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddSignatures(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton<SigningKeyDirectory>().AddSingleton<SigningKeyService>();
}
