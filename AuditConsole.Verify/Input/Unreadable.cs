namespace AuditConsole.Verify.Input;

/// <summary>A file can't be read as what it should be, so nothing can be told from it. The message is for people.</summary>
internal sealed class UnreadableException(string message, string code = "unreadable", Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The finding's code: <c>unreadable</c>, <c>truncated</c>, <c>too_large</c>, …</summary>
    public string Code { get; } = code;
}
