using System.CommandLine;
using AuditConsole.ApiKeys;

namespace AuditConsole.CommandLine;

/// <summary><c>keys create</c>.</summary>
internal sealed class CreateKeyCommand : ConsoleCommand
{
    private static readonly Dictionary<string, KeyExpiry> Expiries = new()
    {
        ["30d"] = KeyExpiry.Days30,
        ["90d"] = KeyExpiry.Days90,
        ["1y"] = KeyExpiry.Year,
        ["never"] = KeyExpiry.None,
    };

    private readonly Option<string> _name;
    private readonly Option<string[]> _scopes = new("--scope")
    {
        Description = $"What it may do: {string.Join(", ", ApiKeyService.KnownScopes)}. May be given several times.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        HelpName = "scope",
    };
    private readonly Option<string> _tenant;
    private readonly Option<string> _expires = new("--expires")
    {
        Description = "When it ends by itself.",
        DefaultValueFactory = _ => "never",
        HelpName = "30d|90d|1y|never",
    };

    private readonly Option<string?> _addresses;

    public CreateKeyCommand() : base(
        "create", "Makes an API key and prints it, and only it, on standard output. It can't be shown again.",
        "keys create --name ci --scope events:write --tenant acme --expires 1y")
    {
        _name = Required("--name", "Its name for people.", "name");
        Add(_scopes);
        _tenant = Required("--tenant", "The tenant's slug.", "slug");
        _expires.AcceptOnlyFromAmong([.. Expiries.Keys]);
        Add(_expires);
        _addresses = Optional("--allow-from", "Addresses and networks from which it may be used, separated by commas; anywhere where not given.", "addresses");
    }

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetRequiredValue(_tenant));
        var key = await context.Get<ApiKeyService>().CreateFromConsoleAsync(
            tenant, arguments.GetRequiredValue(_name), arguments.GetRequiredValue(_scopes), Expiries[arguments.GetRequiredValue(_expires)],
            context.CancellationToken, arguments.GetValue(_addresses));
        await context.Out.WriteLineAsync(key.Text);
        return ExitCode.Done;
    }
}
