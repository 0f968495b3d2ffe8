using System.Net;
using System.Security.Claims;
using AuditConsole.Core;
using Microsoft.Extensions.Primitives;

namespace AuditConsole.Identity;

/// <summary>From where somebody acts, as far as it is known.</summary>
/// <param name="Ip">The client's address, after trusted forwarding.</param>
/// <param name="UserAgent">The client's own name for itself.</param>
public sealed record Client(IPAddress? Ip, string? UserAgent)
{
    /// <summary>Nothing is known.</summary>
    public static Client Unknown { get; } = new(null, null);

    private const string IpClaim = "client_ip";
    private const string AgentClaim = "client_user_agent";

    /// <summary>The client of a request.</summary>
    public static Client Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        var agent = context.Request.Headers.UserAgent;
        return new(
            address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address,
            StringValues.IsNullOrEmpty(agent) ? null : Clean(agent.ToString()));
    }

    /// <summary>The client behind an open page: what <see cref="ToIdentity"/> put beside the person when it connected.</summary>
    public static Client Of(ClaimsPrincipal principal) => new(
        IPAddress.TryParse(principal.FindFirst(IpClaim)?.Value, out var ip) ? ip : null, principal.FindFirst(AgentClaim)?.Value);

    /// <summary>Takes the client along into a circuit, which has no request of its own.</summary>
    internal ClaimsIdentity ToIdentity()
    {
        var identity = new ClaimsIdentity();
        if (Ip is not null)
        {
            identity.AddClaim(new Claim(IpClaim, Ip.ToString()));
        }
        if (UserAgent is not null)
        {
            identity.AddClaim(new Claim(AgentClaim, UserAgent));
        }
        return identity;
    }

    // An entry holds at most so much, and no control characters that could break a line.
    private static string Clean(string agent)
    {
        var cut = agent.Length > EntryParser.MaxAgentLength ? agent[..EntryParser.MaxAgentLength] : agent;
        return string.Concat(cut.Where(character => !char.IsControl(character) && !char.IsSurrogate(character)));
    }
}
