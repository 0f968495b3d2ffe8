using System.Globalization;
using System.Net.Mail;
using Microsoft.Extensions.Options;

namespace AuditConsole.Notices;

/// <summary>E-mail: the section <c>Smtp</c>. Without a host none is sent.</summary>
public sealed class SmtpOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Smtp";

    /// <summary>The mail server's name; null for none.</summary>
    public string? Host { get; set; }

    /// <summary>Its port.</summary>
    public int Port { get; set; } = 587;

    /// <summary>The sender, as <c>audit@example.com</c>.</summary>
    public string? From { get; set; }

    /// <summary>The user name; null for none.</summary>
    public string? User { get; set; }

    /// <summary>Its password.</summary>
    public string? Password { get; set; }

    /// <summary>Whether the connection is encrypted (STARTTLS), as it must be wherever a password is sent.</summary>
    public bool StartTls { get; set; } = true;

    internal sealed class Validator : IValidateOptions<SmtpOptions>
    {
        public ValidateOptionsResult Validate(string? name, SmtpOptions options)
        {
            if (options.Host is null)
            {
                return ValidateOptionsResult.Success;
            }
            var problems = new List<string>();
            if (string.IsNullOrWhiteSpace(options.Host))
            {
                problems.Add($"{Section}:{nameof(Host)} must be the name of a mail server, as \"smtp.example.com\".");
            }
            if (options.Port is < 1 or > 65_535)
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{Section}:{nameof(Port)} is {options.Port}. It must be a port, mostly 587 or 25."));
            }
            if (!MailAddress.TryCreate(options.From, out _))
            {
                problems.Add($"{Section}:{nameof(From)} must be the sender's address, as \"audit@example.com\".");
            }
            if (options.User is not null && (options.Password is null || !options.StartTls))
            {
                problems.Add($"{Section}:{nameof(User)} needs {Section}:{nameof(Password)}, and {Section}:{nameof(StartTls)} on: a password is sent encrypted alone.");
            }
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
