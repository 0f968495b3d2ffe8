using Microsoft.AspNetCore.Identity;

namespace AuditConsole.Identity;

/// <summary>A person. The id (<c>usr_…</c>) is what the log shows as actor; the user name is the e-mail address.</summary>
public sealed class User : IdentityUser
{
    /// <summary>When the person was added.</summary>
    public DateTimeOffset CreatedAt { get; set; }
}
