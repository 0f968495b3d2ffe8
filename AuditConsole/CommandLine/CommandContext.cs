namespace AuditConsole.CommandLine;

/// <summary>What a command works with, in whichever process it runs.</summary>
public sealed record CommandContext
{
    /// <summary>The services of the running server, or of this process if none runs.</summary>
    public required IServiceProvider Services { get; init; }

    /// <summary>Standard input of whoever called, or the file that the command names.</summary>
    public required Stream Input { get; init; }

    /// <summary>Standard output: only what was asked for.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error: progress, and why something was refused.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The caller gave up, or the process ends.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>A service.</summary>
    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();
}
