namespace AuditConsole.Demo;

/// <summary>The names of the demo's world: a company that checks its C# code with rules and profiles of rules.</summary>
internal static class DemoNames
{
    public static readonly string[] People =
    [
        "Mara Lindqvist", "Tomasz Wilk", "Priya Raman", "Jonas Becker", "Aiko Tanaka", "Luis Ortega", "Hannah Moser", "Samuel Osei",
        "Elif Demir", "Noah Carter", "Ines Duarte", "Viktor Hahn", "Chloe Martin", "Arjun Mehta", "Sofia Rossi", "Emil Novak",
        "Grace Kim", "Mateo Silva", "Leonie Wagner", "Daniel Ek", "Fatima Zahra", "Oskar Nilsson", "Julia Hofer", "Ravi Patel",
        "Zoe Laurent", "Pavel Horak", "Nora Quinn", "Idris Bello", "Marta Kowalska", "Felix Brandt", "Yuki Sato", "Clara Jensen",
        "Tariq Aziz", "Lena Vogel", "Omar Haddad", "Sara Costa", "Max Gruber", "Anya Petrova", "Ben Walsh", "Rosa Fuentes",
    ];

    public static readonly string[] Profiles =
    [
        "backend-standards", "frontend-standards", "public-api", "data-access", "security-baseline", "performance-hot-paths",
        "test-quality", "library-authors", "legacy-tolerant", "mobile-apps", "build-and-release", "documentation",
    ];

    public static readonly string[] Repositories = ["web", "api", "mobile", "billing", "search", "data-platform", "identity", "notifications"];

    public static readonly string[] Topics =
    [
        "login-timeout", "checkout-retry", "invoice-pdf", "search-ranking", "dark-mode", "rate-limits", "audit-export", "new-onboarding",
        "upgrade-net10", "flaky-tests", "cache-keys", "remove-legacy-auth", "paging-by-key", "csv-import", "webhook-signing", "sso",
    ];

    public static readonly string[] Browsers =
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    ];

    /// <summary>Engine versions with the part of the two years at which each was registered; the first ones just before they begin.</summary>
    public static readonly (string Version, double At)[] Engines =
    [
        ("2.8.0", 0.002), ("2.8.1", 0.03), ("2.9.0", 0.10), ("2.9.1", 0.15), ("2.10.0", 0.22), ("2.11.0", 0.31), ("2.11.2", 0.37),
        ("3.0.0-rc.1", 0.44), ("3.0.0", 0.48), ("3.0.1", 0.53), ("3.0.2", 0.60), ("3.1.0", 0.68), ("3.1.1", 0.77), ("3.1.2", 0.86), ("3.2.0", 0.955),
    ];

    private static readonly string[] NamedRules =
    [
        "no-async-void", "max-method-length", "no-blocking-wait", "dispose-http-client", "no-public-fields", "sealed-by-default",
        "no-console-write", "structured-log-messages", "no-datetime-now", "cancellation-token-last", "no-empty-catch", "no-string-concat-in-loop",
        "nullable-enabled", "no-dynamic", "async-suffix", "max-cyclomatic-complexity", "no-magic-numbers", "one-type-per-file",
        "no-commented-out-code", "xml-docs-on-public", "no-region", "prefer-records", "no-static-mutable", "no-sql-concat",
        "no-hardcoded-secret", "validate-redirect-url", "no-weak-hash", "no-thread-sleep", "configure-await", "no-service-locator",
    ];

    private static readonly string[] Prefixes = ["no", "prefer", "require", "max", "avoid"];

    private static readonly string[] Subjects =
    [
        "nested-ternary", "parameter-count", "unused-using", "implicit-cast", "boxed-struct", "large-tuple", "file-length", "deep-inheritance",
        "shared-fixture", "sleep-in-test", "mutable-default", "raw-sql", "open-redirect", "untyped-json", "late-binding", "wide-interface",
        "long-lambda", "hidden-allocation",
    ];

    /// <summary>The slugs of 120 rules.</summary>
    public static readonly string[] Rules =
        [.. NamedRules, .. from subject in Subjects from prefix in Prefixes select $"{prefix}-{subject}"];

    /// <summary>Why people published.</summary>
    public static readonly string[] PublishReasons =
    [
        "Agreed in the weekly standards review.", "Follow-up to the incident review.", "The false positives of the last version are fixed.",
        "Requested by the platform team.", "Quarterly clean-up.", "Needed before the .NET 10 upgrade.",
    ];

    /// <summary>Why keys were revoked.</summary>
    public static readonly string[] RevokeReasons =
        ["Rotated: the yearly replacement.", "The pipeline was moved to another runner group.", "The key was found in a build log.", "The project ended."];
}
