using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;

namespace AuditConsole.CommandLine;

/// <summary><c>streams …</c>: what the page does, from a shell, so that streams can be kept as configuration.</summary>
internal static class StreamCommands
{
    private const int LongestDraft = 256 * 1024;

    /// <summary>All of them.</summary>
    public static Command Create() => new("streams", "Where the log is delivered to.")
    {
        new ListCommand(),
        new KindsCommand(),
        new AddCommand(),
        new ApplyCommand(),
        new CheckCommand(),
        new StreamCommand("pause", "Pauses a stream: it goes on where it stopped once it is resumed.", (streams, owner, id, _, ended) => streams.PauseAsync(owner, id, ended)),
        new StreamCommand("resume", "Lets a stream go on where it stopped; one that fails is tried again at once.", (streams, owner, id, _, ended) => streams.ResumeAsync(owner, id, ended)),
        new ReplayCommand(),
        new StreamCommand("skip", "Goes on behind the batch that fails; its entries become dead letters.", async (streams, owner, id, context, ended) =>
        {
            var skipped = await streams.SkipAsync(owner, id, ended);
            await context.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{skipped} {(skipped == 1 ? "entry" : "entries")} skipped"));
        }),
        new LettersCommand(),
        new ResendCommand(),
        new AttemptsCommand(),
        new RedeliverCommand(),
        new StreamCommand("rotate", "Makes a webhook a new signing secret and prints it, and only it; the old one signs too for 24 hours.", async (streams, owner, id, context, ended) =>
            await context.Out.WriteLineAsync(await streams.RotateAsync(owner, id, null, ended))),
        new StreamCommand("delete", "Deletes a stream. What it delivered stays where it is.", (streams, owner, id, _, ended) => streams.DeleteAsync(owner, id, ended)),
    };

    private static async Task<int> PrintAsync(IReadOnlyList<Redelivery> sent, CommandContext context)
    {
        foreach (var (sequence, outcome) in sent)
        {
            await context.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{sequence}\t{StreamJson.NameOf(outcome.Verdict)}\t{outcome.Message}\t{outcome.Answer}"));
        }
        return sent.All(one => one.Outcome.Verdict == DeliveryVerdict.Delivered) ? ExitCode.Done : ExitCode.Refused;
    }

    /// <summary>What is about one stream.</summary>
    private abstract class OneStreamCommand : ConsoleCommand
    {
        private readonly Option<string> _stream;
        private readonly Option<string?> _tenant;

        protected OneStreamCommand(string name, string description, string options = "") : base(name, description, $"streams {name} --stream str_9mK2{options}")
        {
            _stream = Required("--stream", "Its id, as \"streams list\" shows it.", "str_…");
            _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");
        }

        public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
        {
            var owner = StreamOwner.Console(await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant)));
            return await RunAsync(arguments, context.Get<StreamService>(), owner, arguments.GetRequiredValue(_stream), context);
        }

        protected abstract Task<int> RunAsync(ParseResult arguments, StreamService streams, StreamOwner owner, string id, CommandContext context);
    }

    /// <summary>What needs to know the stream alone.</summary>
    private sealed class StreamCommand(string name, string description, Func<StreamService, StreamOwner, string, CommandContext, CancellationToken, Task> run)
        : OneStreamCommand(name, description)
    {
        protected override async Task<int> RunAsync(ParseResult arguments, StreamService streams, StreamOwner owner, string id, CommandContext context)
        {
            await run(streams, owner, id, context, context.CancellationToken);
            return ExitCode.Done;
        }
    }

    private sealed class ReplayCommand : OneStreamCommand
    {
        private readonly Option<string?> _from;
        private readonly Option<bool> _cancel;

        public ReplayCommand() : base("replay", "Sends what occurred from a time on again, beside the new entries; without one, all that retention holds.", " --from 2026-11-01")
        {
            _from = Optional("--from", "An instant, as 2026-11-21T16:42:07Z, or a UTC day.", "time");
            _cancel = Flag("--cancel", "Ends the replay that is under way instead.");
        }

        protected override async Task<int> RunAsync(ParseResult arguments, StreamService streams, StreamOwner owner, string id, CommandContext context)
        {
            if (arguments.GetValue(_cancel))
            {
                await streams.CancelReplayAsync(owner, id, context.CancellationToken);
                return ExitCode.Done;
            }
            var text = arguments.GetValue(_from);
            var from = text is null ? null : StreamJson.ReadTime(text);
            if (text is not null && from is null)
            {
                throw new RefusedException("--from must be an instant, as 2026-11-21T16:42:07Z, or a UTC day, as 2026-11-21.");
            }
            await streams.ReplayAsync(owner, id, from, context.CancellationToken);
            return ExitCode.Done;
        }
    }

    private sealed class LettersCommand() : OneStreamCommand(
        "dead-letters", "Lists the entries that the other side won't take, up to 500, one a line: id, sequence, when, \"waits\" or when it was delivered after all, why, the answer; tabs between.")
    {
        private const int Most = 500;

        public override bool Writes(ParseResult arguments) => false;

        protected override async Task<int> RunAsync(ParseResult arguments, StreamService streams, StreamOwner owner, string id, CommandContext context)
        {
            foreach (var letter in await streams.DeadLettersAsync(owner, id, 0, Most, context.CancellationToken))
            {
                await context.Out.WriteLineAsync(string.Join('\t',
                    letter.Id.ToString(CultureInfo.InvariantCulture), letter.Sequence.ToString(CultureInfo.InvariantCulture), WireTime.Format(letter.At),
                    letter.ResentAt is { } resent ? WireTime.Format(resent) : "waits", letter.Reason, letter.Answer));
            }
            return ExitCode.Done;
        }
    }

    private sealed class ResendCommand : OneStreamCommand
    {
        private readonly Option<long[]> _letters = new("--letter") { Description = "The id of a dead letter, as \"streams dead-letters\" shows it; may be repeated.", HelpName = "id" };

        public ResendCommand() : base("resend", "Sends dead letters again, the oldest 100 that wait, or those that are named; prints what became of each.") => Add(_letters);

        protected override async Task<int> RunAsync(ParseResult arguments, StreamService streams, StreamOwner owner, string id, CommandContext context) =>
            await PrintAsync(await streams.SendAgainAsync(owner, id, arguments.GetValue(_letters) is { Length: > 0 } letters ? letters : null, context.CancellationToken), context);
    }

    private sealed class AttemptsCommand : OneStreamCommand
    {
        private const int Most = 500;

        private readonly Option<bool> _failed;

        public AttemptsCommand() : base("attempts", "Lists the last deliveries, up to 500, the newest first, one a line: when, first and last sequence, status, milliseconds, what came of it, the answer where it failed; tabs between.") =>
            _failed = Flag("--failed", "Only those that failed.");

        public override bool Writes(ParseResult arguments) => false;

        protected override async Task<int> RunAsync(ParseResult arguments, StreamService streams, StreamOwner owner, string id, CommandContext context)
        {
            foreach (var attempt in await streams.AttemptsAsync(owner, id, arguments.GetValue(_failed), null, Most, context.CancellationToken))
            {
                await context.Out.WriteLineAsync(string.Join('\t',
                    WireTime.Format(attempt.At), attempt.First.ToString(CultureInfo.InvariantCulture), attempt.Last.ToString(CultureInfo.InvariantCulture),
                    attempt.Status?.ToString(CultureInfo.InvariantCulture) ?? "-", attempt.Milliseconds.ToString(CultureInfo.InvariantCulture), attempt.Message, attempt.Answer));
            }
            return ExitCode.Done;
        }
    }

    private sealed class RedeliverCommand : OneStreamCommand
    {
        private readonly Option<long> _first = new("--first") { Description = "The sequence of the first entry.", HelpName = "sequence", Required = true };
        private readonly Option<long?> _last = new("--last") { Description = "The sequence of the last entry, at most 99 behind the first; the first where it is left out.", HelpName = "sequence" };

        public RedeliverCommand() : base("redeliver", "Delivers an entry again, or up to 100 in a row, under the ids that they had; prints what became of each.", " --first 48101 --last 48190")
        {
            Add(_first);
            Add(_last);
        }

        protected override async Task<int> RunAsync(ParseResult arguments, StreamService streams, StreamOwner owner, string id, CommandContext context)
        {
            var first = arguments.GetValue(_first);
            return await PrintAsync(await streams.RedeliverAsync(owner, id, first, arguments.GetValue(_last) ?? first, context.CancellationToken), context);
        }
    }

    private sealed class ListCommand : ConsoleCommand
    {
        private readonly Option<string?> _tenant;
        private readonly Option<bool> _json;

        public ListCommand() : base("list", "Lists the streams, one a line: id, state, kind, waiting entries, last success, name, what went wrong; tabs between.", "streams list --tenant acme")
        {
            _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");
            _json = Flag("--json", "A JSON array with everything about them but secrets.");
        }

        public override bool Writes(ParseResult arguments) => false;

        public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
        {
            var owner = StreamOwner.Console(await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant)));
            var all = await context.Get<StreamService>().ListAsync(owner, context.CancellationToken);
            if (arguments.GetValue(_json))
            {
                await context.Out.WriteLineAsync(new JsonArray([.. all.Select(StreamJson.Write)]).ToJsonString(Indented));
                return ExitCode.Done;
            }
            foreach (var view in all)
            {
                var status = view.Status;
                await context.Out.WriteLineAsync(string.Join('\t',
                    view.Id, StreamStops.Name(status.State), view.Kind.Name, status.LagEntries.ToString(CultureInfo.InvariantCulture),
                    status.LastSuccess is { } success ? WireTime.Format(success) : "-", view.Name, status.Reason ?? (status.IsFailing ? status.LastError : "") ?? ""));
            }
            return ExitCode.Done;
        }
    }

    private sealed class KindsCommand() : ConsoleCommand("kinds", "Lists the kinds of destinations and their settings.", "streams kinds")
    {
        public override bool Writes(ParseResult arguments) => false;

        public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
        {
            foreach (var kind in context.Get<StreamService>().Kinds)
            {
                await context.Out.WriteLineAsync($"{kind.Name}: {kind.Summary}");
                foreach (var field in kind.Fields)
                {
                    var notes = string.Join(", ", new[] { field.IsSecret ? "secret" : null, field.IsOptional ? "optional" : null, field.Generate is null ? null : "made here" }.Where(note => note is not null));
                    await context.Out.WriteLineAsync($"  {field.Name}{(notes.Length > 0 ? $" ({notes})" : "")}: {field.Help}");
                }
            }
            var buckets = context.Get<StreamService>().KindsForCheckpoints;
            await context.Out.WriteLineAsync($"With \"purpose\": \"checkpoints\", {string.Join(", ", buckets.Select(kind => kind.Name))} keep signed checkpoints instead of entries, and have one setting more:");
            foreach (var field in buckets[0].Fields.Where(field => context.Get<StreamService>().Kinds.All(kind => kind.Fields.All(one => one.Name != field.Name))))
            {
                await context.Out.WriteLineAsync($"  {field.Name} (optional): {field.Help}");
            }
            return ExitCode.Done;
        }
    }

    /// <summary>What takes a stream as JSON.</summary>
    private abstract class DraftCommand : ConsoleCommand
    {
        private readonly Argument<string> _file = new("file") { Description = "The stream as a JSON object (docs/streams.md); - for standard input." };
        private readonly Option<string?> _tenant;

        protected DraftCommand(string name, string description) : base(name, description, $"streams {name} siem.json --tenant acme")
        {
            Add(_file);
            _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");
        }

        public override Stream OpenInput(ParseResult arguments) => Open(arguments.GetRequiredValue(_file));

        public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
        {
            var owner = StreamOwner.Console(await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant)));
            return await WithDraftAsync(context, draft => RunAsync(owner, draft, context));
        }

        protected abstract Task<int> RunAsync(StreamOwner owner, StreamDraft draft, CommandContext context);

        protected static async Task<int> AddAsync(StreamOwner owner, StreamDraft draft, CommandContext context)
        {
            var added = await context.Get<StreamService>().AddAsync(owner, draft, context.CancellationToken);
            await context.Out.WriteLineAsync(added.Id);
            foreach (var (name, value) in added.Generated)
            {
                await context.Out.WriteLineAsync($"{name}\t{value}");
            }
            return ExitCode.Done;
        }
    }

    private sealed class AddCommand() : DraftCommand("add", "Adds a stream and prints its id, and what was made for it: secrets are shown this once.")
    {
        protected override Task<int> RunAsync(StreamOwner owner, StreamDraft draft, CommandContext context) => AddAsync(owner, draft, context);
    }

    private sealed class ApplyCommand() : DraftCommand("apply", "Changes the stream of that name, or adds it where there is none; secrets that are left out stay.")
    {
        protected override async Task<int> RunAsync(StreamOwner owner, StreamDraft draft, CommandContext context)
        {
            var streams = context.Get<StreamService>();
            var known = (await streams.ListAsync(owner, context.CancellationToken)).Where(view => view.Name == draft.Name.Trim()).ToList();
            if (known.Count == 0)
            {
                return await AddAsync(owner, draft, context);
            }
            if (known.Count > 1)
            {
                throw new RefusedException($"{known.Count} streams have this name: {string.Join(", ", known.Select(view => view.Id))}. Rename or delete one.");
            }
            await streams.ChangeAsync(owner, known[0].Id, draft, context.CancellationToken);
            await context.Out.WriteLineAsync(known[0].Id);
            return ExitCode.Done;
        }
    }

    private sealed class CheckCommand : ConsoleCommand
    {
        private readonly Argument<string?> _file = new("file")
        {
            Description = "A stream as a JSON object, which is tried and not kept; - for standard input. With --stream, what that stream would become.",
            Arity = ArgumentArity.ZeroOrOne,
        };

        private readonly Option<string?> _stream;
        private readonly Option<string?> _tenant;

        public CheckCommand() : base("check", "Sends a test to where a stream goes, or would go, and says what the other side answered.", "streams check --stream str_9mK2")
        {
            Add(_file);
            _stream = Optional("--stream", "Its id, as \"streams list\" shows it.", "str_…");
            _tenant = Optional("--tenant", "The tenant's slug; may be left out while there is only one.", "slug");
        }

        public override Stream OpenInput(ParseResult arguments) => arguments.GetValue(_file) is { } file ? Open(file) : Stream.Null;

        // It writes nothing here, but what may be reached, and by whose keys, the server knows that delivers.
        public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
        {
            var owner = StreamOwner.Console(await CommandTenants.RequireAsync(context, arguments.GetValue(_tenant)));
            var stream = arguments.GetValue(_stream);
            if (arguments.GetValue(_file) is not null)
            {
                return await WithDraftAsync(context, draft => RunAsync(owner, draft, stream, context));
            }
            return await RunAsync(owner, null, stream ?? throw new RefusedException("Name a stream with --stream, or a file that describes one."), context);
        }

        private static async Task<int> RunAsync(StreamOwner owner, StreamDraft? draft, string? stream, CommandContext context)
        {
            var outcome = await context.Get<StreamService>().CheckAsync(owner, draft, stream, context.CancellationToken);
            var works = outcome.Verdict == DeliveryVerdict.Delivered;
            await (works ? context.Out : context.Error).WriteLineAsync((works || outcome.Field is null ? "" : $"{outcome.Field}: ") + (outcome.Answer is { } answer ? $"{outcome.Message}\n{answer}" : outcome.Message));
            return works ? ExitCode.Done : ExitCode.Refused;
        }
    }

    private static Stream Open(string file) => file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);

    private static async Task<int> WithDraftAsync(CommandContext context, Func<StreamDraft, Task<int>> run)
    {
        using var json = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await context.Input.ReadAsync(buffer, context.CancellationToken)) > 0;)
        {
            json.Write(buffer, 0, read);
            if (json.Length > LongestDraft)
            {
                throw new RefusedException("That is too long for a stream.");
            }
        }
        try
        {
            return await run(StreamJson.ReadDraft(json.ToArray()));
        }
        catch (InvalidStreamException invalid)
        {
            throw new RefusedException(string.Join(Environment.NewLine, invalid.Problems.Select(problem => $"{problem.Field}: {problem.Message}")));
        }
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
