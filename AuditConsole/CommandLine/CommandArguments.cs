namespace AuditConsole.CommandLine;

/// <summary>
/// The arguments of the process, parted into those of the verb and those that are configuration. A configuration key
/// begins with a capital or has a colon (<c>--Urls</c>, <c>--Storage:DataDirectory</c>), or is one of the host's own,
/// which test hosts and tools pass; options of verbs have neither.
/// </summary>
internal sealed record CommandArguments(string[] Verb, string[] Configuration)
{
    private static readonly HashSet<string> HostKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "environment", "contentRoot", "applicationName", "urls", "webroot", "http_ports", "https_ports", "startupAssembly",
        "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "preventHostingStartup", "detailedErrors",
        "captureStartupErrors", "suppressStatusMessages", "shutdownTimeoutSeconds", "preferHostingUrls",
    };

    public static CommandArguments Split(IReadOnlyList<string> args)
    {
        var verb = new List<string>();
        var configuration = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            if (!IsConfiguration(args[i]))
            {
                verb.Add(args[i]);
            }
            else if (args[i].Contains('='))
            {
                configuration.Add(args[i]);
            }
            else
            {
                configuration.Add($"{args[i]}={(i + 1 < args.Count ? args[++i] : "")}");
            }
        }
        return new CommandArguments([.. verb], [.. configuration]);
    }

    private static bool IsConfiguration(string argument)
    {
        if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length == 2)
        {
            return false;
        }
        var end = argument.IndexOf('=');
        var key = end < 0 ? argument[2..] : argument[2..end];
        return key.Length > 0 && (char.IsAsciiLetterUpper(key[0]) || key.Contains(':') || HostKeys.Contains(key));
    }
}
