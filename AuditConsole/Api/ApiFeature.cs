namespace AuditConsole.Api;

/// <summary>What all API routes share: the shape of errors and the limits of requests.</summary>
public static class ApiFeature
{
    /// <summary>Registers the error handling and the limits.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IStartupFilter, ApiErrorsFilter>();
        services.AddRateLimiter(options => options.RejectionStatusCode = StatusCodes.Status429TooManyRequests);
        services.AddSingleton<KeyRateLimits>();
        services.AddSingleton<WrongKeys>();
        services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.Section)
            .Validate(limits => limits.ReadsPerMinute > 0, Refusal(nameof(RateLimitOptions.ReadsPerMinute)))
            .Validate(limits => limits.WritesPerMinute > 0, Refusal(nameof(RateLimitOptions.WritesPerMinute)))
            .Validate(limits => limits.WrongKeysPerMinute > 0, Refusal(nameof(RateLimitOptions.WrongKeysPerMinute)))
            .ValidateOnStart();
        return services;

        static string Refusal(string name) => $"{RateLimitOptions.Section}:{name} must be 1 or more.";
    }

    /// <summary>Maps the answers to paths that no route takes.</summary>
    public static IEndpointRouteBuilder MapApi(this IEndpointRouteBuilder routes)
    {
        routes.MapApiFallback();
        return routes;
    }
}
