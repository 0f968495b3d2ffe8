using System.CommandLine;
using AuditConsole.Identity;
using AuditConsole.Tenants;

namespace AuditConsole.CommandLine;

/// <summary>Which tenant a command means.</summary>
internal static class CommandTenants
{
    /// <summary>The tenant of that slug; where none is named, the only one.</summary>
    /// <exception cref="RefusedException">There is none, or one must be named.</exception>
    public static async Task<Tenant> RequireAsync(CommandContext context, string? slug)
    {
        var tenants = context.Get<TenantService>();
        if (slug is not null)
        {
            return await tenants.GetAsync(slug, context.CancellationToken);
        }
        var all = await tenants.ListAsync(context.CancellationToken);
        return all.Count switch
        {
            1 => all[0],
            0 => throw new RefusedException("There is no tenant yet. Make one: AuditConsole tenants add --slug acme --name \"Acme\""),
            _ => throw new RefusedException($"There are {all.Count} tenants: {string.Join(", ", all.Select(tenant => tenant.Slug))}. Name one with --tenant."),
        };
    }
}

/// <summary><c>tenants add</c>.</summary>
internal sealed class AddTenantCommand : ConsoleCommand
{
    private readonly Option<string> _slug;
    private readonly Option<string> _name;
    private readonly Option<string?> _externalId;

    public AddTenantCommand() : base("add", "Adds a tenant and prints its id.", "tenants add --slug acme --name \"Acme GmbH\"")
    {
        _slug = Required("--slug", "Its name in URLs, for good: a-z, 0-9 and dashes.", "slug");
        _name = Required("--name", "Its name for people.", "name");
        _externalId = Optional("--external-id", "Its id in other systems, as org_01ABC.", "org_id");
    }

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = await context.Get<TenantService>().AddAsync(
            arguments.GetRequiredValue(_slug), arguments.GetRequiredValue(_name), arguments.GetValue(_externalId), context.CancellationToken);
        await context.Out.WriteLineAsync(tenant.Id.ToString());
        return ExitCode.Done;
    }
}
