using System.Globalization;
using System.Threading.RateLimiting;
using AuditConsole.ApiKeys;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace AuditConsole.Api;

/// <summary>What all API routes share: the shape of errors and the limits of requests.</summary>
public static class ApiFeature
{
    /// <summary>The rate limit of routes that append: <c>RateLimits:WritesPerMinute</c> requests a key.</summary>
    public const string WriteLimit = "writes";

    /// <summary>Registers the error handling and the limits.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IStartupFilter, ApiErrorsFilter>();
        services.AddRateLimiter(options =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.OnRejected = static (rejected, _) =>
            {
                if (rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
                {
                    var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
                    rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                }
                return ValueTask.CompletedTask;
            };
            options.AddPolicy(WriteLimit, context => PerMinute(
                context.User.FindFirst(ApiKeyPolicies.KeyIdClaim)?.Value ?? "",
                context.RequestServices.GetRequiredService<IOptions<RateLimitOptions>>().Value.WritesPerMinute));
        });
        services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.Section)
            .Validate(limits => limits.WritesPerMinute > 0, $"{RateLimitOptions.Section}:{nameof(RateLimitOptions.WritesPerMinute)} must be 1 or more.")
            .ValidateOnStart();
        return services;
    }

    /// <summary>Maps the answers to paths that no route takes.</summary>
    public static IEndpointRouteBuilder MapApi(this IEndpointRouteBuilder routes)
    {
        routes.MapApiFallback();
        return routes;
    }

    private static RateLimitPartition<string> PerMinute(string key, int requests) =>
        RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = requests,
            Window = TimeSpan.FromMinutes(1),
        });
}
