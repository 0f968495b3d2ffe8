namespace AuditConsole.Identity;

/// <summary>E-mail addresses as names of people: nothing is sent to them.</summary>
public static class EmailAddress
{
    private const int MaxLength = 254;

    /// <summary>The address without surrounding blanks.</summary>
    /// <exception cref="RefusedException">It can't be one.</exception>
    public static string Check(string? text)
    {
        var email = text?.Trim() ?? "";
        var at = email.IndexOf('@');
        var refused = at < 1 || at == email.Length - 1 || at != email.LastIndexOf('@') || email.Length > MaxLength
            || email.Any(character => character > '~' || character <= ' ');
        return refused ? throw new RefusedException("Give an e-mail address, as ada@example.com.") : email;
    }

    /// <summary>The form in which two spellings of one address are equal.</summary>
    public static string Normalize(string email) => email.Trim().ToUpperInvariant();
}
