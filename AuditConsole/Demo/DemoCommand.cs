using System.CommandLine;
using AuditConsole.CommandLine;

namespace AuditConsole.Demo;

/// <summary><c>demo</c>: the console over a made-up log, for a look around.</summary>
internal sealed class DemoCommand : ServingCommand
{
    private readonly Option<int> _entries = new("--entries")
    {
        Description = "About how many entries to make up.",
        HelpName = "N",
        DefaultValueFactory = _ => 52_000,
    };

    private readonly Option<int> _seed = new("--seed")
    {
        Description = "The same seed makes the same activity.",
        HelpName = "S",
        DefaultValueFactory = _ => 1,
    };

    public DemoCommand()
        : base("demo", "Shows the console over two years of made-up activity in a throwaway directory, and prints a link that signs in.", "demo")
    {
        _entries.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 5_000 or > 2_000_000)
            {
                result.AddError("--entries is 5,000 to 2,000,000.");
            }
        });
        Add(_entries);
        Add(_seed);
    }

    /// <inheritdoc/>
    public override Task<int> ServeAsync(ParseResult arguments, string[] configuration) =>
        DemoServer.RunAsync(arguments.GetValue(_entries), arguments.GetValue(_seed), configuration);
}
