using System.Security.Cryptography;
using System.Text;
using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;

namespace AuditConsole.Demo;

/// <summary>The demo's one way in: a link with a secret that lives as long as the process. No other mode has this route.</summary>
internal static class DemoSignIn
{
    private const string Route = "/demo/sign-in";

    /// <summary>Maps the route.</summary>
    /// <returns>Path and query of the link.</returns>
    public static string Map(WebApplication app)
    {
        var secret = RandomText.NewSecret();
        app.MapGet(Route, (string? token, HttpContext context, UserManager<User> users) => SignInAsync(token, secret, context, users)).AllowAnonymous();
        return $"{Route}?token={secret}";
    }

    private static async Task<IResult> SignInAsync(string? token, string secret, HttpContext context, UserManager<User> users)
    {
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token ?? ""), Encoding.UTF8.GetBytes(secret))
            || await users.FindByIdAsync(DemoSeeder.AdminId) is not { } admin)
        {
            return Results.Text("This link is not this demo's: take the one that it printed.", statusCode: StatusCodes.Status404NotFound);
        }
        await context.SignInAsync(IdentityConstants.ApplicationScheme, Sessions.Open(admin));
        return Results.LocalRedirect(ConsoleUrls.AuditLogPath + "?tenant=acme");
    }
}
