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
    private readonly Option<string?> _tenant;
    private readonly Option<bool> _allTenants;
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
        _tenant = Optional("--tenant", "The tenant's slug.", "slug");
        _allTenants = Flag("--all-tenants", "The key serves all tenants, later ones too: each request names the one it means. Recorded in every tenant's log and shown to its Admins.");
        _expires.AcceptOnlyFromAmong([.. Expiries.Keys]);
        Add(_expires);
        _addresses = Optional("--allow-from", "Addresses and networks from which it may be used, separated by commas; anywhere where not given.", "addresses");
        Validators.Add(arguments =>
        {
            if (arguments.GetResult(_tenant) is { Implicit: false } == arguments.GetResult(_allTenants) is { Implicit: false })
            {
                arguments.AddError("Give --tenant or --all-tenants, one of them.");
            }
        });
    }

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var (name, scopes, expiry, addresses) = (
            arguments.GetRequiredValue(_name), arguments.GetRequiredValue(_scopes), Expiries[arguments.GetRequiredValue(_expires)], arguments.GetValue(_addresses));
        var keys = context.Get<ApiKeyService>();
        var key = arguments.GetValue(_allTenants)
            ? await keys.CreateForAllTenantsAsync(name, scopes, expiry, context.CancellationToken, addresses)
            : await keys.CreateFromConsoleAsync(
                await CommandTenants.RequireAsync(context, arguments.GetRequiredValue(_tenant)), name, scopes, expiry, context.CancellationToken, addresses);
        await context.Out.WriteLineAsync(key.Text);
        return ExitCode.Done;
    }
}
