using Microsoft.Extensions.Options;

namespace AuditConsole.Retention;

/// <summary>How long entries live: the section <c>Retention</c>.</summary>
public sealed class RetentionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Retention";

    /// <summary>Calendar months, from 1 to 1,200, for tenants that have no retention of their own.</summary>
    public int Months { get; set; } = 24;

    internal sealed class Validator : IValidateOptions<RetentionOptions>
    {
        public ValidateOptionsResult Validate(string? name, RetentionOptions options) => options.Months is >= 1 and <= 1200
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{Section}:{nameof(Months)} is {options.Months}. It must be a number of months from 1 to 1200.");
    }
}
