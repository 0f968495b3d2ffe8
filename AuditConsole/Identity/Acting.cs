using AuditConsole.Core;

namespace AuditConsole.Identity;

/// <summary>Who does something that the service records itself.</summary>
/// <param name="Actor">As it stands in the entry.</param>
/// <param name="RecordedBy"><c>user:ID</c>, or <c>console</c> for the command line and the service itself.</param>
/// <param name="Client">From where.</param>
public sealed record Acting(Actor Actor, string RecordedBy, Client Client)
{
    /// <summary>The command line, or the service of its own accord.</summary>
    public static Acting Console { get; } = new(Actor.Service, "console", Client.Unknown);

    /// <summary>A person.</summary>
    public static Acting As(string userId, string email, Client client) =>
        new(new Actor("user", userId, email), $"user:{userId}", client);

    /// <summary>A member.</summary>
    public static Acting As(Member member, Client client) => member.Portal is null
        ? As(member.UserId, member.Email, client)
        : new(new Actor("portal_link", member.UserId, member.Email), $"portal:{member.UserId}", client);

    /// <summary>The user's id, or <c>console</c>: what tables keep of who did it.</summary>
    public string Subject => Actor.Type == "user" ? Actor.Id : RecordedBy;
}
