namespace AuditConsole.Identity;

/// <summary>People: sign-in, setup, members, the security log.</summary>
public static class IdentityFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration) => services;

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder routes) => routes;
}
