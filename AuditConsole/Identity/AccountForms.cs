namespace AuditConsole.Identity;

/// <summary>What the forms for people without a session share.</summary>
internal static class AccountForms
{
    /// <summary>The largest body: a few fields.</summary>
    public const long MaxBytes = 64 * 1024;
}
