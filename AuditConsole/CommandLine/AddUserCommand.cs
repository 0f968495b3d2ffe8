using System.CommandLine;
using System.Text;
using AuditConsole.Identity;

namespace AuditConsole.CommandLine;

/// <summary><c>users add</c>: the password comes from standard input, so that it stands in no process list and no history.</summary>
internal sealed class AddUserCommand : ConsoleCommand
{
    private const int MaxPasswordLine = 4096;

    private readonly Option<string> _email;
    private readonly Option<Role> _role = new("--role") { Description = "Viewer, Auditor or Admin.", Required = true, HelpName = "role" };
    private readonly Option<string> _tenant;

    public AddUserCommand() : base(
        "add", "Adds a person to a tenant; the first line of standard input is the password.",
        "users add --email ada@example.com --role Admin --tenant acme < password.txt")
    {
        _email = Required("--email", "The address that the person signs in with.", "email");
        _role.AcceptOnlyFromAmong(Enum.GetNames<Role>());
        Add(_role);
        _tenant = Required("--tenant", "The tenant's slug.", "slug");
    }

    public override Stream OpenInput(ParseResult arguments) =>
        Console.IsInputRedirected ? Console.OpenStandardInput() : new MemoryStream(Encoding.UTF8.GetBytes(Ask() + "\n"));

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var tenant = await CommandTenants.RequireAsync(context, arguments.GetRequiredValue(_tenant));
        var password = await ReadLineAsync(context.Input, context.CancellationToken);
        if (password.Length == 0)
        {
            throw new RefusedException("The password is empty. Its line is the first one of standard input: users add … < password.txt");
        }
        var added = await context.Get<MemberService>().AddFromConsoleAsync(
            tenant, arguments.GetRequiredValue(_email), arguments.GetValue(_role), password, context.CancellationToken);
        await context.Out.WriteLineAsync(added.UserId);
        return ExitCode.Done;
    }

    private static async Task<string> ReadLineAsync(Stream input, CancellationToken cancellationToken)
    {
        // No StreamReader: it would wait for a full buffer where the caller keeps standard input open.
        var line = new byte[MaxPasswordLine];
        var length = 0;
        int read;
        while ((read = await input.ReadAsync(line.AsMemory(length), cancellationToken)) > 0)
        {
            var end = line.AsSpan(length, read).IndexOf((byte)'\n');
            length += end >= 0 ? end : read;
            if (end >= 0)
            {
                break;
            }
            if (length == line.Length)
            {
                throw new RefusedException("The first line of standard input is too long for a password.");
            }
        }
        var bytes = line.AsSpan(0, length);
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true)
                .GetString(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes).TrimEnd('\r');
        }
        catch (DecoderFallbackException)
        {
            throw new RefusedException("The password on standard input is not UTF-8.");
        }
    }

    private static string Ask()
    {
        Console.Error.Write("Password: ");
        var password = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                password.Length = Math.Max(0, password.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                password.Append(key.KeyChar);
            }
        }
        Console.Error.WriteLine();
        return password.ToString();
    }
}
