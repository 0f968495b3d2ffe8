using System.CommandLine;
using System.Globalization;
using AuditConsole.Archives;

namespace AuditConsole.CommandLine;

/// <summary><c>export --archive</c>: reads beside a running server.</summary>
internal sealed class ExportCommand : ConsoleCommand
{
    private readonly Option<string> _archive;
    private readonly Option<string?> _tenant;

    public ExportCommand() : base(
        "export", "Writes a tenant's whole log, up to its newest checkpoint, to a file that audit-verify proves offline.",
        "export --archive acme-2026-11.ndjson.gz --tenant acme")
    {
        _archive = Required("--archive", "A file that doesn't exist yet; compressed if its name ends in .gz.", "file");
        _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");
    }

    public override bool Writes(ParseResult arguments) => false;

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant));
        var file = arguments.GetRequiredValue(_archive);
        var result = await context.Get<ArchiveService>().WriteAsync(
            tenant.Number, file,
            sequence => context.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"#{sequence:N0} …")), context.CancellationToken);
        await context.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"Wrote {Path.GetFullPath(file)}, {result.Bytes / 1024.0 / 1024.0:N1} MiB: {tenant.Slug} up to entry #{result.Size:N0}, {result.Entries:N0} entries, {result.Withheld:N0} withheld, {result.Base + result.Purged:N0} purged."));
        await context.Error.WriteLineAsync("What was recorded after its newest checkpoint is not in it.");
        return ExitCode.Done;
    }
}
