using System.CommandLine;
using AuditConsole.ApiKeys;
using AuditConsole.Core;

namespace AuditConsole.CommandLine;

/// <summary><c>keys list</c>: a key a line, its fields separated by tabs.</summary>
internal sealed class ListKeysCommand : ConsoleCommand
{
    private readonly Option<string?> _tenant;

    public ListKeysCommand() : base("list", "Lists the keys: id, tenant or * for all, scopes, state, name. It shows no secret.", "keys list --tenant acme") =>
        _tenant = Optional("--tenant", "Only the keys that serve this tenant, by its slug.", "slug");

    public override bool Writes(ParseResult arguments) => false;

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = arguments.GetValue(_tenant) is { } slug ? await CommandTenants.RequireAsync(context, slug) : null;
        var now = context.Get<TimeProvider>().GetUtcNow();
        foreach (var key in await context.Get<ApiKeyService>().ListFromConsoleAsync(context.CancellationToken))
        {
            if (tenant is null || key.TenantNumber is null || key.TenantNumber == tenant.Number)
            {
                await context.Out.WriteLineAsync($"{key.Id}\t{key.Tenant?.Slug ?? "*"}\t{key.Scopes}\t{StateOf(key, now)}\t{key.Name}");
            }
        }
        return ExitCode.Done;
    }

    private static string StateOf(ApiKey key, DateTimeOffset now) => key switch
    {
        { RevokedAt: { } revoked } => $"revoked {WireTime.Format(revoked)}",
        { ExpiresAt: { } end } => $"{(end <= now ? "expired" : "expires")} {WireTime.Format(end)}",
        _ => "active",
    };
}
