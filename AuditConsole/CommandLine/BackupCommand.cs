using System.CommandLine;
using System.Globalization;
using AuditConsole.Integrity;

namespace AuditConsole.CommandLine;

/// <summary><c>backup</c>: reads beside a running server.</summary>
internal sealed class BackupCommand : ConsoleCommand
{
    private readonly Argument<string> _file = new("file") { Description = "A file that doesn't exist yet." };

    public BackupCommand() : base(
        "backup", "Copies the database to a file while the server runs.", "backup /backup/audit-console-2026-11-21.db") => Add(_file);

    public override bool Writes(ParseResult arguments) => false;

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var file = arguments.GetRequiredValue(_file);
        var size = await context.Get<BackupService>().BackupAsync(file, context.CancellationToken);
        await context.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"Wrote {Path.GetFullPath(file)}, {size / 1024.0 / 1024.0:N1} MiB."));
        return ExitCode.Done;
    }
}
