namespace AuditConsole.Identity;

/// <summary>An act that was refused. The message is for the person who tried it: what is wrong and what to do.</summary>
public sealed class RefusedException(string message) : Exception(message);
