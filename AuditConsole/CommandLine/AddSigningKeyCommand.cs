using System.CommandLine;
using AuditConsole.Identity;
using AuditConsole.Signatures;

namespace AuditConsole.CommandLine;

/// <summary><c>signing-keys add</c>: the public key comes from standard input.</summary>
internal sealed class AddSigningKeyCommand : ConsoleCommand
{
    private const int MaxPem = 16 * 1024;

    private readonly Option<string> _name;
    private readonly Option<string> _tenant;

    public AddSigningKeyCommand() : base(
        "add", "Registers the public key (P-256, PEM on standard input) that a program signs its entries with, and prints its id.",
        "signing-keys add --tenant acme --name web < public.pem")
    {
        _name = Required("--name", "Its name for people.", "name");
        _tenant = Required("--tenant", "The tenant's slug.", "slug");
    }

    public override Stream OpenInput(ParseResult arguments) => Console.OpenStandardInput();

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetRequiredValue(_tenant));
        var pem = new char[MaxPem + 1];
        using var reader = new StreamReader(context.Input);
        var length = await reader.ReadBlockAsync(pem, context.CancellationToken);
        if (length > MaxPem)
        {
            throw new RefusedException("Standard input is too long for a public key.");
        }
        var id = await context.Get<SigningKeyService>().AddFromConsoleAsync(
            tenant, arguments.GetRequiredValue(_name), new string(pem, 0, length), context.CancellationToken);
        await context.Out.WriteLineAsync(id);
        return ExitCode.Done;
    }
}
