using System.CommandLine;
using System.Globalization;
using AuditConsole.Identity;
using AuditConsole.Withholding;

namespace AuditConsole.CommandLine;

/// <summary><c>entries withhold</c>: an erasure request over many entries can be scripted.</summary>
internal sealed class WithholdCommand : ConsoleCommand
{
    /// <summary>The most entries of one call.</summary>
    public const int MostEntries = 100_000;

    private readonly Option<string> _tenant;
    private readonly Option<string> _reason;
    private readonly Option<string[]> _sequences = new("--sequence")
    {
        Description = "The entries' numbers: 17, 17,20 or 17-20. May be given several times.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        HelpName = "numbers",
    };

    public WithholdCommand() : base(
        "withhold", "Destroys the details of entries for good. Who did what when stays, and stays proved; each act is recorded in the log.",
        "entries withhold --tenant acme --sequence 48190,48201-48207 --reason \"Erasure request 4711\"")
    {
        _tenant = Required("--tenant", "The tenant's slug.", "slug");
        Add(_sequences);
        _reason = Required("--reason", "Why, for the log. Don't repeat there what is to be destroyed.", "text");
    }

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var sequences = Parse(arguments.GetRequiredValue(_sequences));
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetRequiredValue(_tenant));
        var count = await context.Get<WithholdingService>().WithholdFromConsoleAsync(
            tenant, sequences, arguments.GetRequiredValue(_reason), context.CancellationToken);
        await context.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "entry" : "entries")} withheld. Backups that were made before still hold the details."));
        return ExitCode.Done;
    }

    private static List<long> Parse(IEnumerable<string> texts)
    {
        var sequences = new List<long>();
        foreach (var part in texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            var ends = part.Split('-', 2);
            if (!Read(ends[0], out var first) || !Read(ends[^1], out var last) || last < first)
            {
                throw new RefusedException($"--sequence has \"{part}\", which is neither a number nor a range like 17-20.");
            }
            if (last - first >= MostEntries || sequences.Count + last - first >= MostEntries)
            {
                throw new RefusedException($"--sequence names more than {MostEntries:N0} entries. Give them in several calls.");
            }
            for (var sequence = first; sequence <= last; sequence++)
            {
                sequences.Add(sequence);
            }
        }
        return sequences;

        static bool Read(string text, out long sequence) =>
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out sequence) && sequence > 0;
    }
}
