using Microsoft.AspNetCore.Identity;

namespace AuditConsole.Identity;

/// <summary>Long passwords without rules of composition, as NIST SP 800-63B asks.</summary>
public sealed class PasswordRule : IPasswordValidator<User>
{
    /// <summary>The fewest characters.</summary>
    public const int MinLength = 12;

    // Hashing reads all of it; longer ones only serve to keep the machine busy.
    private const int MaxLength = 256;

    /// <summary>What is wrong with a password, or null.</summary>
    public static string? FindRefusal(string? password, string? email)
    {
        if (string.IsNullOrEmpty(password) || password.Length < MinLength)
        {
            return $"Choose a password of at least {MinLength} characters.";
        }
        if (password.Length > MaxLength)
        {
            return $"Choose a password of at most {MaxLength} characters.";
        }
        return password.Equals(email, StringComparison.OrdinalIgnoreCase) ? "Choose a password other than the e-mail address." : null;
    }

    /// <inheritdoc/>
    public Task<IdentityResult> ValidateAsync(UserManager<User> manager, User user, string? password) =>
        Task.FromResult(FindRefusal(password, user.Email) is { } reason
            ? IdentityResult.Failed(new IdentityError { Code = "Password", Description = reason })
            : IdentityResult.Success);
}
