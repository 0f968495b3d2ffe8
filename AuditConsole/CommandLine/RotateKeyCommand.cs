using System.CommandLine;
using AuditConsole.Checkpoints;

namespace AuditConsole.CommandLine;

/// <summary><c>checkpoints rotate-key</c>.</summary>
internal sealed class RotateKeyCommand : ConsoleCommand
{
    private readonly Option<string> _reason;
    private readonly Option<bool> _lost;

    public RotateKeyCommand() : base(
        "rotate-key", "Signs checkpoints with a new key from now on; the old one signs for it.", "checkpoints rotate-key --reason \"Yearly change\"")
    {
        _reason = Required("--reason", "Why; it stays in every tenant's log for good.", "text");
        _lost = Flag("--lost", "The old key is gone for good and can't sign for the new one.");
    }

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var key = await context.Get<CheckpointService>().RotateKeyAsync(
            arguments.GetValue(_lost), arguments.GetRequiredValue(_reason), context.CancellationToken);
        await context.Out.WriteAsync(key.ToPem());
        return ExitCode.Done;
    }
}
