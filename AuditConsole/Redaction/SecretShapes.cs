using System.Text.RegularExpressions;
using AuditConsole.ApiKeys;

namespace AuditConsole.Redaction;

/// <summary>A known shape of secrets.</summary>
/// <param name="Name">What stands in entries.</param>
/// <param name="Title">What it finds, for people.</param>
/// <param name="Anchors">Texts of which each match holds one: without them the pattern isn't tried. At least three characters, so that the search stays fast; none that JSON escapes.</param>
/// <param name="Pattern">A regular expression; a group <c>secret</c> narrows what plain text loses.</param>
internal sealed record SecretShape(string Name, string Title, string[] Anchors, string Pattern)
{
    /// <summary>Whether it is tried on <c>name=value</c> of a member rather than on the value.</summary>
    public bool NeedsName { get; init; }

    /// <summary>Whether a match is to be believed.</summary>
    public Func<string, bool> Accepts { get; init; } = _ => true;
}

/// <summary>
/// The secrets that are known by their shape, as their makers document them. Narrow on purpose: an audit log that
/// loses what it should show is as bad as one that shows what it should not.
/// </summary>
internal static class SecretShapes
{
    /// <summary>All of them, in the order in which they name what several find.</summary>
    public static readonly IReadOnlyList<SecretShape> All =
    [
        new("private_key", "Private keys in PEM form (RFC 7468, OpenSSH, PGP)",
            ["PRIVATE KEY"],
            @"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z)"),
        new("audit_console_key", "API keys of this service",
            [ApiKeyText.Prefix],
            @"\baud_live_[0-9A-Za-z]{49}"),
        new("jwt", "JSON Web Tokens (RFC 7519), encrypted ones too",
            ["eyJ"],
            @"\beyJ[A-Za-z0-9_-]{10,}\.(?:eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*|[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})"),
        new("bearer_token", "Bearer tokens (RFC 6750)",
            ["earer", "EARER"],
            @"(?i:\bbearer)[ \t:=]{1,4}(?<secret>[A-Za-z0-9._~+/-]{16,}=*)") { Accepts = HasDigit },
        new("basic_auth", "HTTP Basic credentials (RFC 7617)",
            ["asic ", "ASIC "],
            @"(?i:\bauthorization[""']?[ \t]*[:=][ \t]*[""']?basic) +(?<secret>[A-Za-z0-9+/]{8,}={0,2})"),
        new("password_in_url", "Passwords in URLs and connection strings",
            ["://"],
            @"\b[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/?#:@""'<>]{0,256}:(?<secret>[^\s/?#@""'<>]{1,256})@[^\s/?#@]") { Accepts = IsNoPlaceholder },
        new("aws_key", "AWS access keys",
            ["AKIA", "ASIA"],
            @"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
        new("aws_secret_key", "AWS secret access keys, by the name beside them",
            ["ecretAccessKey", "ecret_access_key", "ECRET_ACCESS_KEY"],
            @"(?i:secret_?access_?key)[""']?[ \t]*[:=][ \t]*[""']?(?<secret>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|\z)") { NeedsName = true },
        new("google_key", "Google API keys, OAuth tokens and client secrets",
            ["AIza", "ya29.", "GOCSPX-"],
            @"\bAIza[0-9A-Za-z_-]{35}|\bya29\.[0-9A-Za-z_-]{20,}|\bGOCSPX-[0-9A-Za-z_-]{28}"),
        new("azure_key", "Azure storage and shared access keys, SAS signatures, client secrets",
            ["AccountKey=", "SharedAccessKey=", "sig=", "7Q~", "8Q~"],
            @"\b(?:AccountKey|SharedAccessKey)=(?<secret>[A-Za-z0-9+/]{43,86}={1,2})|[?&]sig=(?<secret>[A-Za-z0-9%+/]{40,}={0,2})|\b[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}"),
        new("github_token", "GitHub tokens",
            ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
            @"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}"),
        new("gitlab_token", "GitLab tokens",
            ["glpat-", "glrt-", "gldt-", "glptt-"],
            @"\bgl(?:pat|rt|dt|ptt)-[A-Za-z0-9_-]{20,}"),
        new("slack_token", "Slack tokens and webhook addresses",
            ["xox", "xapp-", "hooks.slack.com/"],
            @"\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|\bxapp-[0-9]-[A-Za-z0-9-]{10,}|\bhooks\.slack\.com/(?:services|workflows|triggers)/(?<secret>[A-Za-z0-9/_-]{20,})") { Accepts = HasDigit },
        new("stripe_key", "Stripe keys and webhook secrets",
            ["_live_", "_test_", "whsec_"],
            @"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/]{24,}={0,2}"),
        new("package_token", "npm and PyPI tokens",
            ["npm_", "pypi-AgE"],
            @"\bnpm_[A-Za-z0-9]{36}|\bpypi-AgE[A-Za-z0-9_-]{50,}"),
        new("service_token", "Keys of OpenAI, Anthropic, SendGrid, DigitalOcean, Shopify, Vault and age",
            ["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-ant-", "SG.", "dop_v1_", "shpat_", "shpss_", "hvs.", "hvb.", "AGE-SECRET-KEY-1"],
            @"\bsk-(?:proj|svcacct|admin|ant)-[A-Za-z0-9_-]{20,}|\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}|\bdop_v1_[a-f0-9]{64}|\bshp(?:at|ss)_[a-fA-F0-9]{32}|\bhv[sb]\.[A-Za-z0-9_-]{24,}|\bAGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ];

    /// <summary>Compiles an expression that runs in time linear to the text.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking, or is too large.</exception>
    public static Regex Compile(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    // "bearer authentication" is prose; a token of 16 characters without a digit is not to be expected.
    private static bool HasDigit(string secret) => secret.AsSpan().IndexOfAnyInRange('0', '9') >= 0;

    // What people and programs write instead of the password.
    private static bool IsNoPlaceholder(string secret) =>
        secret.Trim('*').Length > 0 && secret.Trim('x').Length > 0 && secret.Trim('X').Length > 0
        && !(secret[0] is '$' or '{' or '[' or '%' && secret[^1] is '}' or ']' or '%') && secret is not ("REDACTED" or "redacted" or "password" or "PASSWORD");
}
