using System.Collections.Concurrent;
using Microsoft.AspNetCore.Identity;

namespace AuditConsole.Identity;

/// <summary>What became of an attempt to sign in.</summary>
public enum SignInOutcome
{
    /// <summary>The person is known by now.</summary>
    SignedIn,

    /// <summary>E-mail or password is wrong; which, isn't told.</summary>
    Wrong,

    /// <summary>Too many failures: no password is looked at for a while.</summary>
    LockedOut,
}

/// <summary>
/// Checks e-mail and password. An address that is unknown answers as a known one with a wrong password does: the same
/// words, the same lockout, after the same time.
/// </summary>
public sealed class SignInService(UserManager<User> users, UnknownAddresses unknown, SecurityLog log, TimeProvider clock)
{
    /// <summary>5, after which an account is locked.</summary>
    public const int MaxFailures = 5;

    /// <summary>How long it stays locked.</summary>
    public static readonly TimeSpan Lockout = TimeSpan.FromMinutes(15);

    // Longer than hashing and a write take, so that the answer's time tells nothing of what was done for it.
    private static readonly TimeSpan RefusalTime = TimeSpan.FromMilliseconds(400);

    private static readonly User Nobody = new() { PasswordHash = new PasswordHasher<User>().HashPassword(new User(), RandomText.NewSecret()) };

    /// <summary>Checks, counts and logs one attempt.</summary>
    /// <returns>The outcome and, if signed in, who it is.</returns>
    public async Task<(SignInOutcome Outcome, User? User)> CheckAsync(string? email, string? password, Client client)
    {
        var answerAt = Task.Delay(RefusalTime, clock);
        var (outcome, user) = await DecideAsync(email ?? "", password ?? "");
        if (outcome == SignInOutcome.SignedIn)
        {
            log.Write(SecurityEventKinds.SignIn, user!.Id, null, client);
            return (outcome, user);
        }
        // Not the address: people type passwords into the wrong field.
        log.Write(
            outcome == SignInOutcome.LockedOut ? SecurityEventKinds.LockedOut : SecurityEventKinds.SignInFailed,
            user?.Id, null, client, user is null ? "unknown address" : null);
        await answerAt;
        return (outcome, null);
    }

    private async Task<(SignInOutcome, User?)> DecideAsync(string email, string password)
    {
        var user = email.Length is > 0 and < 256 ? await users.FindByEmailAsync(email.Trim()) : null;
        var known = user is { PasswordHash: not null };
        // A password beyond the rule's length can't be anybody's; it isn't worth the hashing.
        var tried = password.Length <= 256 ? password : "";
        var matches = await users.CheckPasswordAsync(known ? user! : Nobody, tried) && known;
        if (user is null)
        {
            return (unknown.Fail(EmailAddress.Normalize(email)) ? SignInOutcome.LockedOut : SignInOutcome.Wrong, null);
        }
        if (await users.IsLockedOutAsync(user))
        {
            return (SignInOutcome.LockedOut, user);
        }
        if (matches)
        {
            if (user.AccessFailedCount > 0)
            {
                await users.ResetAccessFailedCountAsync(user);
            }
            return (SignInOutcome.SignedIn, user);
        }
        await users.AccessFailedAsync(user);
        return (await users.IsLockedOutAsync(user) ? SignInOutcome.LockedOut : SignInOutcome.Wrong, user);
    }
}

/// <summary>Counts failures of addresses that nobody has, so that their lockout looks like anybody's. In memory, bounded.</summary>
public sealed class UnknownAddresses(TimeProvider clock)
{
    private const int Capacity = 10_000;

    private readonly record struct Failures(int Count, DateTimeOffset LockedUntil);

    private readonly ConcurrentDictionary<string, Failures> _failures = new(StringComparer.Ordinal);

    /// <summary>Counts a failure.</summary>
    /// <returns>Whether the address is locked now.</returns>
    internal bool Fail(string normalizedEmail)
    {
        if (_failures.Count >= Capacity)
        {
            _failures.Clear();
        }
        var now = clock.GetUtcNow();
        var after = _failures.AddOrUpdate(
            normalizedEmail.Length > 256 ? normalizedEmail[..256] : normalizedEmail,
            _ => new Failures(1, default),
            (_, before) => before switch
            {
                { LockedUntil: var until } when until > now => before,
                { Count: >= SignInService.MaxFailures - 1 } => new Failures(0, now + SignInService.Lockout),
                _ => new Failures(before.Count + 1, default),
            });
        return after.LockedUntil > now;
    }
}
