namespace AuditConsole.Identity;

/// <summary>Tells open pages that what a person may do has changed. Handlers look for themselves what it is now.</summary>
public sealed class MemberChanges
{
    /// <summary>Raised with the person's id after the change is on disk and every cache of it is empty.</summary>
    public event Action<string>? Changed;

    /// <summary>Tells.</summary>
    internal void Raise(string userId) => Changed?.Invoke(userId);
}
