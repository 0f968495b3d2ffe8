using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace AuditConsole.Identity;

/// <summary>Looks every 30 seconds whether the session of an open page is still good, should a notice of its end have been missed.</summary>
internal sealed class SessionRevalidation(ILoggerFactory loggers, Sessions sessions) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        sessions.IsGoodAsync(authenticationState.User, cancellationToken);
}
