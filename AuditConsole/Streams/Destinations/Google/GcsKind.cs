using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.S3;
using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.Google;

/// <summary>Google Cloud Storage.</summary>
internal sealed class GcsKind : IObjectStoreKind, ISetupGuide
{
    /// <inheritdoc/>
    public string Name => "gcs";

    /// <inheritdoc/>
    public string DisplayName => "Google Cloud Storage";

    /// <inheritdoc/>
    public string Summary => "Writes entries to a bucket of Google Cloud: compressed NDJSON, in folders by day and hour.";

    /// <inheritdoc/>
    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        new(GcsObjectStore.Bucket, "Bucket", "The name of the bucket, without gs://.") { Placeholder = "acme-audit-log" },
        S3Kind.PrefixField,
        ServiceAccount.Setting,
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json, StreamFormat.Ocsf];

    /// <inheritdoc/>
    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings)
    {
        var checks = new SettingChecks(Fields, settings).Basics();
        RequireBucket(checks, GcsObjectStore.Bucket);
        BucketNames.RequirePrefix(checks, S3Kind.Prefix);
        RequireAccount(checks, settings);
        return checks.Problems;
    }

    /// <inheritdoc/>
    public IDestination Open(DestinationSettings settings, DestinationContext context) => new ObjectDestination(OpenStore(settings, context), context);

    /// <inheritdoc/>
    public IObjectStore OpenStore(DestinationSettings settings, DestinationContext context) =>
        new GcsObjectStore(new GoogleApi(ServiceAccount.Of(settings), context, "Google"), settings.Required(GcsObjectStore.Bucket), S3Kind.PrefixOf(settings));

    /// <inheritdoc/>
    public IReadOnlyList<SetupText> SetupTexts(DestinationSettings settings) =>
    [
        new("Rights", "Run it in Cloud Shell: the account may then write objects, and nothing else. Give it roles/storage.objectUser instead if an object is to be replaced once details in it were withheld.",
            Binding(settings, settings[GcsObjectStore.Bucket], "roles/storage.objectCreator")),
    ];

    /// <summary>The same for checkpoints, which are read back and locked.</summary>
    internal static IReadOnlyList<SetupText> SetupTextsForCheckpoints(DestinationSettings settings)
    {
        var project = ServiceAccount.ProjectOf(settings, null);
        return
        [
            new("Rights", "Run it in Cloud Shell: the account may then write checkpoints, lock them and read them back, and nothing else.",
                $"gcloud iam roles create auditConsoleCheckpoints --project={project} --permissions=storage.objects.create,storage.objects.get,storage.objects.setRetention\n"
                + Binding(settings, settings[GcsObjectStore.Bucket], $"projects/{project}/roles/auditConsoleCheckpoints")),
        ];
    }

    /// <summary>What gives the account of the settings a role on a bucket.</summary>
    internal static string Binding(DestinationSettings settings, string? bucket, string role) =>
        $"gcloud storage buckets add-iam-policy-binding gs://{bucket ?? "BUCKET"} --member={ServiceAccount.MemberOf(settings)} --role={role}";

    internal static void RequireBucket(SettingChecks checks, string field) => checks.Require(
        field, name => name.Length is >= 3 and <= 222 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_') && char.IsAsciiLetterOrDigit(name[0]),
        "The name of a bucket has lower-case letters, digits, - _ and dots, and no gs:// and no folders.");

    internal static void RequireAccount(SettingChecks checks, DestinationSettings settings)
    {
        if (settings[ServiceAccount.Field] is { } key && ServiceAccount.Problem(key, out _) is { } problem)
        {
            checks.Add(ServiceAccount.Field, problem);
        }
    }
}
