using System.Net;
using AuditConsole.Portal;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AuditConsole.Identity;

/// <summary>People: sign-in, setup, members, the security log.</summary>
public static class IdentityFeature
{
    /// <summary>The session's cookie; over https with <c>__Host-</c> before it.</summary>
    public const string SessionCookie = "audit-console-session";

    private const string AntiforgeryCookie = "audit-console-form";

    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SecurityOptions>().BindConfiguration(SecurityOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SecurityOptions>, SecurityOptionsValidator>();
        AddPeople(services);
        AddSessions(services);
        AddCircuits(services);
        services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        });
        services.Configure<RateLimiterOptions>(options => options.AddPolicy<string, SignInRateLimit>(SignInRateLimit.Policy));
        services.AddHostedService<InsecureHttp>();
        services.AddHostedService<SetupLinkPrinter>();
        return services;
    }

    /// <summary>Finds out where a request really comes from; stands before everything that asks.</summary>
    public static void UseForwarding(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<SecurityOptions>>().Value.TrustedProxies;
        if (proxies.Count > 0)
        {
            var options = new ForwardedHeadersOptions
            {
                ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
                ForwardLimit = null,
            };
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var proxy in proxies)
            {
                options.KnownIPNetworks.Add(IPAddress.TryParse(proxy, out var address)
                    ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
                    : System.Net.IPNetwork.Parse(proxy));
            }
            app.UseForwardedHeaders(options);
        }
        app.UseMiddleware<HostCookies>();
    }

    /// <summary>Authentication, authorization and the guard of circuits, in their order.</summary>
    public static void UseIdentity(this WebApplication app)
    {
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<CircuitGuard>();
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Query.ConsoleUrls.SignOut, SignOutAsync);
        return routes;
    }

    private static void AddPeople(IServiceCollection services)
    {
        services.AddIdentityCore<User>(options =>
            {
                options.User.RequireUniqueEmail = true;
                options.User.AllowedUserNameCharacters = null!;
                options.Lockout.MaxFailedAccessAttempts = SignInService.MaxFailures;
                options.Lockout.DefaultLockoutTimeSpan = SignInService.Lockout;
                options.Password.RequiredLength = PasswordRule.MinLength;
                options.Password.RequiredUniqueChars = 1;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
            })
            .AddEntityFrameworkStores<ConsoleDbContext>()
            .AddPasswordValidator<PasswordRule>()
            .AddDefaultTokenProviders();
        services.Configure<DataProtectionTokenProviderOptions>(options => options.TokenLifespan = PasswordLinks.Lifetime);
        services.TryAddScoped(provider => provider.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContext());
        services.AddSingleton<SecurityLog>();
        services.AddHostedService(provider => provider.GetRequiredService<SecurityLog>());
        services.AddSingleton<MemberDirectory>();
        services.AddSingleton<IMemberDirectory>(provider => provider.GetRequiredService<MemberDirectory>());
        services.AddSingleton<MemberChanges>();
        services.AddSingleton<Ingest.ServiceEntries>();
        services.AddSingleton<MemberService>();
        services.AddSingleton<IPasswordHasher<User>, PasswordHasher<User>>();
        services.AddSingleton<PasswordLinks>();
        services.AddSingleton<SetupService>();
        services.AddSingleton<UnknownAddresses>();
        services.AddScoped<SignInService>();
    }

    private static void AddSessions(IServiceCollection services)
    {
        services.AddSingleton<Sessions>();
        services.AddSingleton<CircuitConnections>();
        services.AddDataProtection().SetApplicationName("audit-console");
        services.AddOptions<KeyManagementOptions>().Configure<DataDirectory, ILoggerFactory>((options, data, loggers) =>
        {
            data.Create();
            options.XmlRepository = OwnerOnlyKeys.In(data.File("keys"), loggers);
        });
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = AntiforgeryCookie;
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddAuthentication(IdentityConstants.ApplicationScheme)
            .AddCookie(IdentityConstants.ApplicationScheme, options =>
            {
                options.Cookie.Name = SessionCookie;
                options.Cookie.HttpOnly = true;
                // Lax: a link to an entry in somebody's chat must open it.
                options.Cookie.SameSite = SameSiteMode.Lax;
                options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                options.ExpireTimeSpan = Sessions.Lifetime;
                options.SlidingExpiration = true;
                options.LoginPath = "/sign-in";
                options.Events.OnValidatePrincipal = async context =>
                {
                    var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
                    if (context.Principal is not { } principal || !await sessions.IsGoodAsync(principal, context.HttpContext.RequestAborted))
                    {
                        context.RejectPrincipal();
                    }
                };
                options.Events.OnRedirectToAccessDenied = context =>
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    return Task.CompletedTask;
                };
            });
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(IdentityConstants.ApplicationScheme).RequireAuthenticatedUser().Build());
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AuthorizationAnswers>();
    }

    private static void AddCircuits(IServiceCollection services)
    {
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, SessionRevalidation>();
        services.Configure<CircuitOptions>(options =>
        {
            options.DisconnectedCircuitMaxRetained = 200;
            options.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3);
            options.JSInteropDefaultCallTimeout = TimeSpan.FromSeconds(30);
            options.MaxBufferedUnacknowledgedRenderBatches = 10;
        });
    }

    private static async Task<IResult> SignOutAsync(
        HttpContext context, IAntiforgery antiforgery, Sessions sessions, SecurityLog log)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Results.Text("This page is too old to sign out from. Reload it and try again.", statusCode: StatusCodes.Status400BadRequest);
        }
        log.Write(SecurityEventKinds.SignOut, context.User.UserId(), null, Client.Of(context));
        sessions.SignOut(context.User);
        await context.SignOutAsync(IdentityConstants.ApplicationScheme);
        return Results.LocalRedirect(PortalSession.IsOne(context.User.UserId()) ? PortalFeature.OpenPath + "?left=1" : "/sign-in");
    }

    private sealed class SecurityOptionsValidator : IValidateOptions<SecurityOptions>
    {
        public ValidateOptionsResult Validate(string? name, SecurityOptions options) =>
            options.Problems().ToList() is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
