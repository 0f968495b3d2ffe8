using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.ScheduledExports;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.CommandLine;

/// <summary><c>scheduled-exports …</c>: what the page does, from a shell, so that exports can be kept as configuration.</summary>
internal static class ScheduledExportCommands
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All of them.</summary>
    public static Command Create() => new("scheduled-exports", "What is exported by itself.")
    {
        new ListCommand(),
        new AddCommand(),
        new ApplyCommand(),
        new ExportCommand("check", "Writes a test object and says what the other side answered.", true, CheckAsync),
        new ExportCommand("pause", "Pauses an export: what it misses is made up for once it is resumed.", true, (exports, owner, id, context) => DoneAsync(exports.PauseAsync(owner, id, context.CancellationToken))),
        new ExportCommand("resume", "Lets an export run again; a run that failed is tried at once.", true, (exports, owner, id, context) => DoneAsync(exports.ResumeAsync(owner, id, context.CancellationToken))),
        new ExportCommand("run", "Makes a run now, of what was recorded since the last one.", true, (exports, owner, id, context) => DoneAsync(exports.RunNowAsync(owner, id, context.CancellationToken))),
        new ExportCommand("remove", "Removes an export with the list of its runs. What it wrote stays where it is.", true, (exports, owner, id, context) => DoneAsync(exports.DeleteAsync(owner, id, context.CancellationToken))),
        new ExportCommand("runs", "Lists the runs, the newest first, one a line: due, state, attempts, rows, bytes, parts, what went wrong; tabs between.", false, RunsAsync),
    };

    private static async Task<int> DoneAsync(Task act)
    {
        await act;
        return ExitCode.Done;
    }

    private static async Task<int> CheckAsync(ScheduledExportService exports, StreamOwner owner, string id, CommandContext context)
    {
        var outcome = await exports.CheckAsync(owner, null, id, context.CancellationToken);
        var works = outcome.Verdict == DeliveryVerdict.Delivered;
        await (works ? context.Out : context.Error).WriteLineAsync(outcome.Answer is { } answer ? $"{outcome.Message}\n{answer}" : outcome.Message);
        return works ? ExitCode.Done : ExitCode.Refused;
    }

    private static async Task<int> RunsAsync(ScheduledExportService exports, StreamOwner owner, string id, CommandContext context)
    {
        foreach (var run in await exports.RunsAsync(owner, id, null, int.MaxValue, context.CancellationToken))
        {
            await context.Out.WriteLineAsync(string.Join('\t',
                WireTime.Format(run.Due), run.State.ToString().ToLowerInvariant(), Text(run.Attempts), Text(run.Rows), Text(run.Bytes), Text(run.Parts.Count), run.Error ?? ""));
        }
        return ExitCode.Done;

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>What one export needs.</summary>
    private sealed class ExportCommand : ConsoleCommand
    {
        private readonly Option<string> _export;
        private readonly Option<string?> _tenant;
        private readonly bool _writes;
        private readonly Func<ScheduledExportService, StreamOwner, string, CommandContext, Task<int>> _run;

        public ExportCommand(string name, string description, bool writes, Func<ScheduledExportService, StreamOwner, string, CommandContext, Task<int>> run)
            : base(name, description, $"scheduled-exports {name} --export sx_9mK2")
        {
            (_writes, _run) = (writes, run);
            _export = Required("--export", "Its id, as \"scheduled-exports list\" shows it.", "sx_…");
            _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");
        }

        public override bool Writes(ParseResult arguments) => _writes;

        public override async Task<int> RunAsync(ParseResult arguments, CommandContext context) => await _run(
            context.Get<ScheduledExportService>(), StreamOwner.Console(await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant))), arguments.GetRequiredValue(_export), context);
    }

    private sealed class ListCommand : ConsoleCommand
    {
        private readonly Option<string?> _tenant;
        private readonly Option<bool> _json;

        public ListCommand() : base(
            "list", "Lists the exports, one a line: id, state, destination, schedule, time zone, next due, state of the last run, name, what went wrong; tabs between.", "scheduled-exports list --tenant acme")
        {
            _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");
            _json = Flag("--json", "A JSON array with everything about them but secrets.");
        }

        public override bool Writes(ParseResult arguments) => false;

        public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
        {
            var owner = StreamOwner.Console(await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant)));
            var all = await context.Get<ScheduledExportService>().ListAsync(owner, context.CancellationToken);
            if (arguments.GetValue(_json))
            {
                await context.Out.WriteLineAsync(new JsonArray([.. all.Select(ScheduledExportJson.Write)]).ToJsonString(Indented));
                return ExitCode.Done;
            }
            foreach (var view in all)
            {
                await context.Out.WriteLineAsync(string.Join('\t',
                    view.Id, StreamStops.Name(view.State), view.Kind, view.Schedule, view.TimeZone, view.NextDue is { } next ? WireTime.Format(next) : "-",
                    view.LastRun?.State.ToString().ToLowerInvariant() ?? "-", view.Name, view.Reason ?? view.LastRun?.Error ?? ""));
            }
            return ExitCode.Done;
        }
    }

    /// <summary>What takes an export as JSON.</summary>
    private abstract class DraftCommand : ConsoleCommand
    {
        private const int MaxLength = 256 * 1024;

        private readonly Argument<string> _file = new("file") { Description = "The export as a JSON object (docs/scheduled-exports.md); - for standard input." };
        private readonly Option<string?> _tenant;

        protected DraftCommand(string name, string description) : base(name, description, $"scheduled-exports {name} nightly.json --tenant acme")
        {
            Add(_file);
            _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");
        }

        public override Stream OpenInput(ParseResult arguments) =>
            arguments.GetRequiredValue(_file) is var file && file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);

        public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
        {
            var owner = StreamOwner.Console(await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant)));
            using var json = new MemoryStream();
            var buffer = new byte[16 * 1024];
            for (int read; (read = await context.Input.ReadAsync(buffer, context.CancellationToken)) > 0;)
            {
                json.Write(buffer, 0, read);
                if (json.Length > MaxLength)
                {
                    throw new RefusedException("That is too long for a scheduled export.");
                }
            }
            try
            {
                return await RunAsync(owner, ScheduledExportJson.ReadDraft(json.ToArray()), context);
            }
            catch (InvalidScheduledExportException invalid)
            {
                throw new RefusedException(string.Join(Environment.NewLine, invalid.Problems.Select(problem => $"{problem.Field}: {problem.Message}")));
            }
        }

        protected abstract Task<int> RunAsync(StreamOwner owner, ScheduledExportDraft draft, CommandContext context);

        protected static async Task<int> AddAsync(StreamOwner owner, ScheduledExportDraft draft, CommandContext context)
        {
            var added = await context.Get<ScheduledExportService>().AddAsync(owner, draft, context.CancellationToken);
            await context.Out.WriteLineAsync(added.Id);
            foreach (var (name, value) in added.Generated)
            {
                await context.Out.WriteLineAsync($"{name}\t{value}");
            }
            return ExitCode.Done;
        }
    }

    private sealed class AddCommand() : DraftCommand("add", "Adds an export and prints its id, and what was made for it.")
    {
        protected override Task<int> RunAsync(StreamOwner owner, ScheduledExportDraft draft, CommandContext context) => AddAsync(owner, draft, context);
    }

    private sealed class ApplyCommand() : DraftCommand("apply", "Changes the export of that name, or adds it where there is none; secrets that are left out stay.")
    {
        protected override async Task<int> RunAsync(StreamOwner owner, ScheduledExportDraft draft, CommandContext context)
        {
            var exports = context.Get<ScheduledExportService>();
            var known = (await exports.ListAsync(owner, context.CancellationToken)).Where(view => view.Name == draft.Name.Trim()).ToList();
            if (known.Count == 0)
            {
                return await AddAsync(owner, draft, context);
            }
            if (known.Count > 1)
            {
                throw new RefusedException($"{known.Count} exports have this name: {string.Join(", ", known.Select(view => view.Id))}. Rename or remove one.");
            }
            await exports.ChangeAsync(owner, known[0].Id, draft, context.CancellationToken);
            await context.Out.WriteLineAsync(known[0].Id);
            return ExitCode.Done;
        }
    }
}
