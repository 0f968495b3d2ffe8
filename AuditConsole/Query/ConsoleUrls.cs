namespace AuditConsole.Query;

/// <summary>The one place where links of the console are written.</summary>
public static class ConsoleUrls
{
    /// <summary>The log.</summary>
    public const string AuditLogPath = "/audit-log";

    /// <summary>Keys of programs.</summary>
    public const string ApiKeysPath = "/api-keys";

    /// <summary>Legal holds.</summary>
    public const string HoldsPath = "/holds";

    /// <summary>How long entries live, and what the next purge deletes.</summary>
    public const string RetentionPath = "/retention";

    /// <summary>What must not enter the log.</summary>
    public const string RedactionPath = "/redaction";

    /// <summary>The actions of events and their schemas.</summary>
    public const string EventTypesPath = "/event-types";

    /// <summary>One action of events.</summary>
    public const string EventTypePath = "/event-type";

    /// <summary>The keys that producers sign with.</summary>
    public const string SigningKeysPath = "/signing-keys";

    /// <summary>People and roles.</summary>
    public const string MembersPath = "/members";

    /// <summary>What an account decides for itself.</summary>
    public const string SettingsPath = "/settings";

    /// <summary>Where entries go.</summary>
    public const string StreamsPath = "/streams";

    /// <summary>The scheduled exports.</summary>
    public const string ScheduledExportsPath = "/scheduled-exports";

    /// <summary>What was downloaded, with its receipts.</summary>
    public const string ExportsPath = "/exports";

    /// <summary>Verification, checkpoints, explained gaps.</summary>
    public const string IntegrityPath = "/integrity";

    /// <summary>Where a form posts to end the session.</summary>
    public const string SignOut = "/sign-out";

    /// <summary>A page in a tenant.</summary>
    /// <param name="path">The page.</param>
    /// <param name="tenant">The tenant's slug; null for the person's first.</param>
    public static string Of(string path, string? tenant) =>
        tenant is null ? path : With(path, [KeyValuePair.Create("tenant", tenant)]);

    /// <summary>The newest entries of a tenant.</summary>
    public static string AuditLog(string? tenant) => Of(AuditLogPath, tenant);

    /// <summary>The log page in a state.</summary>
    public static string AuditLog(LogQuery query) => With(AuditLogPath, query.Parameters());

    /// <summary>The page of holds, its form filled in with a filter.</summary>
    public static string Holds(EntryFilterQuery filter) => With(HoldsPath, filter.Parameters());

    /// <summary>The newest entries that a filter selects.</summary>
    public static string AuditLog(EntryFilterQuery filter) => With(AuditLogPath, filter.Parameters());

    /// <summary>The log page with parameters as they are, right or wrong.</summary>
    public static string AuditLog(IEnumerable<KeyValuePair<string, string>> parameters) => With(AuditLogPath, parameters);

    /// <summary>One action and its schema.</summary>
    public static string EventType(string action, string? tenant) => Of(EventTypePath, tenant, KeyValuePair.Create("action", action));

    /// <summary>The entries of an action, as far back as the log goes.</summary>
    public static string ActionInLog(string action, string? tenant) =>
        Of(AuditLogPath, tenant, KeyValuePair.Create("from", "2000-01-01"), KeyValuePair.Create("action", action));

    /// <summary>An entry of an action, open in the log.</summary>
    public static string EntryInLog(long sequence, string action, string? tenant) => Of(
        AuditLogPath, tenant, KeyValuePair.Create("from", "2000-01-01"), KeyValuePair.Create("action", action),
        KeyValuePair.Create("entry", sequence.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>Two versions of an action's schema beside each other.</summary>
    public static string EventType(string action, string? tenant, int older, int newer) => Of(
        EventTypePath, tenant, KeyValuePair.Create("action", action),
        KeyValuePair.Create("from", older.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        KeyValuePair.Create("to", newer.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>One scheduled export.</summary>
    public static string ScheduledExport(string id, string? tenant) => Of($"{ScheduledExportsPath}/{Uri.EscapeDataString(id)}", tenant);

    /// <summary>Where a scheduled export is added.</summary>
    /// <param name="tenant">The account.</param>
    /// <param name="kind">The destination's name; null to choose one.</param>
    public static string NewScheduledExport(string? tenant, string? kind = null) => Of(
        $"{ScheduledExportsPath}/new", tenant, kind is null ? [] : [KeyValuePair.Create("destination", kind)]);

    /// <summary>One run of a scheduled export.</summary>
    public static string ScheduledExportRun(string id, Guid run, string? tenant) =>
        Of($"{ScheduledExportsPath}/{Uri.EscapeDataString(id)}/runs/{run:D}", tenant);

    /// <summary>A file of a run: <c>manifest</c>, <c>parts/1</c>, <c>parts/1/receipt</c>.</summary>
    public static string ScheduledExportFile(string id, Guid run, string file, string? tenant) =>
        Of($"{ScheduledExportsPath}/{Uri.EscapeDataString(id)}/runs/{run:D}/{file}", tenant);

    /// <summary>One stream.</summary>
    public static string Stream(string id, string? tenant) => Of($"{StreamsPath}/{Uri.EscapeDataString(id)}", tenant);

    /// <summary>Where a stream is added.</summary>
    /// <param name="tenant">The tenant's slug.</param>
    /// <param name="kind">The kind of destination; null where it is still to be chosen.</param>
    public static string NewStream(string? tenant, string? kind = null, bool checkpoints = false) => Of(
        $"{StreamsPath}/new", tenant,
        [.. kind is null ? Array.Empty<KeyValuePair<string, string>>() : [KeyValuePair.Create("kind", kind)], .. checkpoints ? [KeyValuePair.Create("contents", "checkpoints")] : Array.Empty<KeyValuePair<string, string>>()]);

    /// <summary>The log with an entry open, wherever it stands.</summary>
    public static string Sequence(long sequence, string? tenant) => Of(
        AuditLogPath, tenant, KeyValuePair.Create("from", "2000-01-01"),
        KeyValuePair.Create("entry", sequence.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>What proves one entry.</summary>
    public static string Proof(long sequence, string? tenant) =>
        Of(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{AuditLogPath}/{sequence}/proof"), tenant);

    /// <summary>One export.</summary>
    public static string Export(Guid id, string? tenant) => Of($"{ExportsPath}/{id:D}", tenant);

    /// <summary>The download of an export's receipt.</summary>
    public static string Receipt(Guid id, string? tenant) => Of($"{ExportsPath}/{id:D}/receipt", tenant);

    /// <summary>What the log knows of one resource.</summary>
    /// <param name="tenant">The tenant's slug.</param>
    /// <param name="type">The entity type of the wire.</param>
    /// <param name="slug">The slug, or the id where there is none.</param>
    public static string Entity(string? tenant, string type, string slug) =>
        // A browser takes the segments "." and ".." for steps in the path, escaped or not: these names have no page.
        type is "." or ".." || slug is "." or ".."
            ? EntityInLog(tenant, type, slug)
            : Of($"/entities/{Uri.EscapeDataString(type)}/{Uri.EscapeDataString(slug)}", tenant);

    /// <summary>The log of one resource.</summary>
    public static string EntityInLog(string? tenant, string type, string slug) =>
        Of(AuditLogPath, tenant, KeyValuePair.Create("entityType", type), KeyValuePair.Create("slug", slug));

    private static string Of(string path, string? tenant, params IEnumerable<KeyValuePair<string, string>> more) =>
        With(path, tenant is null ? more : more.Prepend(KeyValuePair.Create("tenant", tenant)));

    private static string With(string path, IEnumerable<KeyValuePair<string, string>> parameters) =>
        path + "?" + string.Join('&', parameters.Select(parameter => $"{parameter.Key}={Escape(parameter.Value)}"));

    // Colons and commas read better unescaped, and are allowed in a query.
    private static string Escape(string value) =>
        Uri.EscapeDataString(value).Replace("%3A", ":", StringComparison.Ordinal).Replace("%2C", ",", StringComparison.Ordinal);
}
