using System.Text;
using AuditConsole.Streams.Destinations.S3;
using AuditConsole.Streams.Destinations.Sending;
using AuditConsole.Streams.Destinations.Warehouse;

namespace AuditConsole.Streams.Destinations.Google;

/// <summary>Google BigQuery: load jobs from a bucket, or rows inserted at once.</summary>
internal sealed class BigQueryKind : IDestinationKind, ISetupGuide
{
    internal const string Project = "project";
    internal const string Dataset = "dataset";
    internal const string Table = "table";
    internal const string Location = "location";
    internal const string Mode = "mode";
    internal const string Quick = "quick";

    /// <inheritdoc/>
    public string Name => "bigquery";

    /// <inheritdoc/>
    public string DisplayName => "Google BigQuery";

    /// <inheritdoc/>
    public string Summary => "Writes entries as rows of a table: every 5 minutes by load jobs, which cost nothing, or at once.";

    /// <inheritdoc/>
    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        new(Dataset, "Dataset", "The dataset that holds the table; it must exist.") { Placeholder = "security" },
        new(Table, "Table", "Load jobs make it; for rows at once, make it first with the statement shown.") { Default = "audit_log" },
        new(Project, "Project", "The project of the dataset, where it isn't that of the service account.") { IsOptional = true },
        new(Location, "Location", "Where the dataset is, as its details say.") { Default = "US", Placeholder = "EU" },
        new(Mode, "Mode", "load: free, every 5 minutes, never twice, needs a bucket. quick: within seconds, billed by Google, may repeat a row.")
        {
            Choices = ["load", Quick], Default = "load",
        },
        new(GcsObjectStore.Bucket, "Bucket", "A bucket of Cloud Storage in the same location, through which load jobs read; for the mode load.") { IsOptional = true, With = (Mode, "load") },
        S3Kind.PrefixField,
        ServiceAccount.Setting,
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json];

    /// <inheritdoc/>
    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings)
    {
        var checks = new SettingChecks(Fields, settings).Basics();
        checks.Require(Dataset, IsName, "The name of a dataset has letters, digits and _ only.");
        checks.Require(Table, IsName, "The name of a table has letters, digits and _ only.");
        checks.Require(Project, project => project.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or ':'), "This is no id of a project. It looks like acme-security-1234.");
        checks.Require(Location, location => location.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'), "This is no location. It looks like EU or europe-west3.");
        GcsKind.RequireBucket(checks, GcsObjectStore.Bucket);
        BucketNames.RequirePrefix(checks, S3Kind.Prefix);
        GcsKind.RequireAccount(checks, settings);
        if (settings[Mode] != Quick)
        {
            checks.RequireSet(GcsObjectStore.Bucket, "Load jobs read from a bucket: enter one, or choose the mode quick.");
        }
        if (settings[Project] is null && settings[ServiceAccount.Field] is { } key && ServiceAccount.Problem(key, out var account) is null && account!.ProjectId is null)
        {
            checks.Add(Project, "The key file names no project: enter it.");
        }
        return checks.Problems;
    }

    /// <inheritdoc/>
    public IDestination Open(DestinationSettings settings, DestinationContext context)
    {
        var account = ServiceAccount.Of(settings);
        var api = new GoogleApi(account, context, "Google");
        var table = new BigQueryTable(
            settings[Project] ?? account.ProjectId!, settings.Required(Dataset), settings[Table] ?? "audit_log", settings[Location] ?? "US");
        return settings[Mode] == Quick
            ? new BigQueryInserts(api, table)
            : new BigQueryLoads(api, table, new GcsObjectStore(api, settings.Required(GcsObjectStore.Bucket), S3Kind.PrefixOf(settings)), context);
    }

    /// <inheritdoc/>
    public IReadOnlyList<SetupText> SetupTexts(DestinationSettings settings)
    {
        var (project, dataset) = (ServiceAccount.ProjectOf(settings, settings[Project]), settings[Dataset] ?? "DATASET");
        var table = $"`{project}.{dataset}.{settings[Table] ?? "audit_log"}`";
        var member = ServiceAccount.MemberOf(settings);
        var onDataset = new SetupText("Rights on the dataset", "Run it in BigQuery.", $"GRANT `roles/bigquery.dataEditor` ON SCHEMA `{project}.{dataset}` TO \"{member}\";");
        return settings[Mode] == Quick
            ? [new("Table", "Run it in BigQuery.", CreateTable(table)), onDataset, Once(table)]
            :
            [
                onDataset,
                new("Rights to load", "Run it in Cloud Shell: the account may then start load jobs, and write and read the objects that they load. The jobs make the table.",
                    $"gcloud projects add-iam-policy-binding {project} --member={member} --role=roles/bigquery.jobUser\n"
                    + $"{GcsKind.Binding(settings, settings[GcsObjectStore.Bucket], "roles/storage.objectCreator")}\n{GcsKind.Binding(settings, settings[GcsObjectStore.Bucket], "roles/storage.objectViewer")}"),
                Once(table),
            ];
    }

    private static SetupText Once(string table) =>
        new("View without duplicates", "Run it in BigQuery: a row may come twice, always with the same id.", Deduplicated(table));

    /// <summary>The name of a type in BigQuery.</summary>
    internal static string TypeOf(ColumnType type) => type switch
    {
        ColumnType.Integer => "INT64",
        ColumnType.Time => "TIMESTAMP",
        ColumnType.Json => "JSON",
        _ => "STRING",
    };

    internal static string CreateTable(string table)
    {
        var text = new StringBuilder($"CREATE TABLE {table} (\n");
        text.AppendJoin(",\n", EntryColumns.All.Select(column => $"  {column.Name} {TypeOf(column.Type)}{(column.IsRequired ? " NOT NULL" : "")}"));
        return text.Append("\n)\nPARTITION BY DATE(occurred_at)\nCLUSTER BY action, actor_id;").ToString();
    }

    private static string Deduplicated(string table) =>
        $"CREATE VIEW {table.TrimEnd('`')}_once` AS\nSELECT * FROM {table}\nQUALIFY ROW_NUMBER() OVER (PARTITION BY tenant_id, id ORDER BY recorded_at) = 1;";

    private static bool IsName(string name) => name.Length <= 1024 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}

/// <summary>A table of BigQuery.</summary>
internal sealed record BigQueryTable(string Project, string Dataset, string Table, string Location)
{
    /// <summary>For people.</summary>
    public string Place => $"{Project}.{Dataset}.{Table}";

    /// <summary>Where its interface is.</summary>
    public string ProjectAddress => $"https://bigquery.googleapis.com/bigquery/v2/projects/{Project}";

    /// <summary>Where its own interface is.</summary>
    public string Address => $"{ProjectAddress}/datasets/{Dataset}/tables/{Table}";
}
