using System.CommandLine;
using System.Globalization;
using AuditConsole.Ingest;
using AuditConsole.Tenants;
using AuditConsole.WorkOS;

namespace AuditConsole.CommandLine;

/// <summary><c>import</c>: the calling process reads the file, whichever process appends it.</summary>
internal sealed class ImportCommand : ConsoleCommand
{
    private readonly Argument<string> _file = new("file") { Description = "A JSON object a line, as POST /api/audit-log takes it; - for standard input." };
    private readonly Option<string?> _tenant;
    private readonly Option<bool> _skipExpired;
    private readonly Option<string> _format = new("--format")
    {
        Description = "ndjson: a JSON object a line; workos-csv: an export of WorkOS, whose sound rows are taken, each once for good.",
        DefaultValueFactory = _ => Ndjson,
        HelpName = "ndjson|workos-csv",
    };

    private const string Ndjson = "ndjson";
    private const string WorkOSCsv = "workos-csv";

    public ImportCommand() : base(
        "import", "Appends the entries of a file: checks all of it first, then writes. Running it again within 24 hours doubles nothing.",
        "import old-log.ndjson --tenant acme")
    {
        Add(_file);
        _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");
        _skipExpired = Flag("--skip-expired", "Leave out entries that are older than the retention, instead of refusing the file.");
        _format.AcceptOnlyFromAmong(Ndjson, WorkOSCsv);
        Add(_format);
    }

    public override Stream OpenInput(ParseResult arguments) => arguments.GetRequiredValue(_file) is var file && file == "-"
        ? Console.OpenStandardInput()
        : new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant));
        if (arguments.GetValue(_format) == WorkOSCsv)
        {
            return await ImportWorkOSAsync(tenant, context);
        }
        var result = await context.Get<ImportService>().ImportAsync(
            tenant, context.Input, arguments.GetValue(_skipExpired),
            progress => context.Error.WriteLineAsync(Describe(progress)), context.CancellationToken);
        if (result.ProblemCount > 0)
        {
            await RefuseAsync(result, context.Error);
            return ExitCode.Refused;
        }
        await context.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"Appended {result.Appended:N0} entries to {tenant.Slug}, recorded by {result.RecordedBy}."));
        if (result.AlreadyThere > 0)
        {
            await context.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{result.AlreadyThere:N0} entries were already there from an earlier run."));
        }
        if (result.Skipped > 0)
        {
            await context.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{result.Skipped:N0} entries were left out: they are older than the retention."));
        }
        return ExitCode.Done;
    }

    private static async Task<int> ImportWorkOSAsync(Tenant tenant, CommandContext context)
    {
        var result = await context.Get<CsvImport>().ImportAsync(
            tenant, context.Input,
            done => context.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Appending: {done.Taken:N0} taken, {done.AlreadyThere:N0} already there")),
            context.CancellationToken);
        await context.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"Taken: {result.Taken:N0} rows, as entries of {tenant.Slug}, recorded by {CsvImport.RecordedBy}. Already there: {result.AlreadyThere:N0}. Skipped: {result.Skipped.Values.Sum(reason => reason.Count):N0}."));
        foreach (var (reason, (count, first)) in result.Skipped.OrderByDescending(reason => reason.Value.Count))
        {
            await context.Error.WriteLineAsync(Printable(string.Create(CultureInfo.InvariantCulture, $"  {count:N0} skipped, the first in row {first:N0}: {reason}")));
        }
        if (result.UnknownColumns.Count > 0)
        {
            await context.Error.WriteLineAsync(Printable($"Columns left out: {string.Join(", ", result.UnknownColumns)}"));
        }
        return ExitCode.Done;
    }

    private static string Describe(ImportProgress progress) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(progress.Writing ? "Appending" : "Checking")}: {progress.Lines:N0} entries, {progress.PerSecond:N0} a second, {progress.Percent:0} %");

    private static async Task RefuseAsync(ImportResult result, TextWriter error)
    {
        foreach (var problem in result.Problems)
        {
            await error.WriteLineAsync(Printable(problem.ToString()));
        }
        if (result.ProblemCount > result.Problems.Count)
        {
            await error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"… and {result.ProblemCount - result.Problems.Count:N0} more."));
        }
        await error.WriteLineAsync(result.ExpiredLines == result.ProblemCount
            ? "Nothing was written. To leave these entries out, add --skip-expired."
            : "Nothing was written. Correct the file and run the command again.");
    }

    // A field's path holds names out of the file, which must not steer the terminal.
    private static string Printable(string text) => string.Concat(text.Select(character => char.IsControl(character) ? '\uFFFD' : character));
}
