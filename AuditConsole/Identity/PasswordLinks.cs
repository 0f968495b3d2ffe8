using Microsoft.AspNetCore.Identity;

namespace AuditConsole.Identity;

/// <summary>Links where a person sets a password: good once, for 24 hours, and only until the person's next change.</summary>
public sealed class PasswordLinks(IServiceScopeFactory scopes, Sessions sessions, SecurityLog log)
{
    /// <summary>How long a link is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>Makes a link for a person: its path and query.</summary>
    /// <exception cref="RefusedException">There is no such person.</exception>
    public async Task<string> CreateAsync(string userId)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var user = await users.FindByIdAsync(userId) ?? throw new RefusedException("There is no such person any more.");
        var token = await users.GeneratePasswordResetTokenAsync(user);
        return $"/set-password?user={Uri.EscapeDataString(user.Id)}&token={Uri.EscapeDataString(token)}";
    }

    /// <summary>The e-mail address of the person whose link it is, or null if it isn't good.</summary>
    public async Task<string?> FindEmailAsync(string? userId, string? token)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        return await FindAsync(users, userId, token) is { } user ? user.Email : null;
    }

    /// <summary>Sets the password, ends the person's sessions and a lockout.</summary>
    /// <exception cref="RefusedException">The link isn't good, or the password is unfit.</exception>
    public async Task SetAsync(string? userId, string? token, string? password, Client client)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        if (await FindAsync(users, userId, token) is not { } user)
        {
            throw new RefusedException("This link was used or has expired. Ask an Admin for a new one.");
        }
        if (PasswordRule.FindRefusal(password, user.Email) is { } reason)
        {
            throw new RefusedException(reason);
        }
        var result = await users.ResetPasswordAsync(user, token!, password!);
        if (!result.Succeeded)
        {
            throw new RefusedException("This link was used or has expired. Ask an Admin for a new one.");
        }
        await users.SetLockoutEndDateAsync(user, null);
        await users.ResetAccessFailedCountAsync(user);
        log.Write(SecurityEventKinds.PasswordSet, user.Id, null, client);
        sessions.End(user.Id);
    }

    private static async Task<User?> FindAsync(UserManager<User> users, string? userId, string? token)
    {
        if (string.IsNullOrEmpty(userId) || string.IsNullOrEmpty(token) || await users.FindByIdAsync(userId) is not { } user)
        {
            return null;
        }
        var good = await users.VerifyUserTokenAsync(
            user, users.Options.Tokens.PasswordResetTokenProvider, UserManager<User>.ResetPasswordTokenPurpose, token);
        return good ? user : null;
    }
}
