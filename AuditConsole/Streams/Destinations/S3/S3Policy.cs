using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Streams.Destinations.ObjectStorage;

namespace AuditConsole.Streams.Destinations.S3;

/// <summary>Policies of AWS, ready to copy.</summary>
internal static class S3Policy
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What the user or role may do: write objects below the prefix, lock and read them where that is asked for, and nothing else.</summary>
    public static string Permission(DestinationSettings settings, bool reads)
    {
        var statements = new JsonArray(Statement(
            reads ? new JsonArray("s3:PutObject", "s3:PutObjectRetention", "s3:GetObject") : new JsonArray("s3:PutObject"),
            $"arn:{Partition(settings)}:s3:::{settings[S3Kind.Bucket] ?? "BUCKET"}/{ObjectKeys.Prefix(S3Kind.PrefixOf(settings))}*"));
        if (settings[S3Kind.KmsKey] is { } key)
        {
            statements.Add((JsonNode)Statement(new JsonArray("kms:GenerateDataKey"), key));
        }
        return Text(statements);
    }

    /// <summary>Who may assume the role: this service alone, and only with the external id.</summary>
    public static string Trust(string? principal, DestinationSettings settings) => Text(new JsonArray(new JsonObject
    {
        ["Effect"] = "Allow",
        ["Principal"] = new JsonObject { ["AWS"] = principal ?? "PRINCIPAL" },
        ["Action"] = "sts:AssumeRole",
        ["Condition"] = new JsonObject { ["StringEquals"] = new JsonObject { ["sts:ExternalId"] = settings[S3Kind.ExternalId] ?? "EXTERNAL-ID" } },
    }));

    private static JsonObject Statement(JsonArray actions, string resource) => new() { ["Effect"] = "Allow", ["Action"] = actions, ["Resource"] = resource };

    private static string Text(JsonArray statements) => new JsonObject { ["Version"] = "2012-10-17", ["Statement"] = statements }.ToJsonString(Indented);

    private static string Partition(DestinationSettings settings) => settings[S3Kind.Region] switch
    {
        { } region when region.StartsWith("cn-", StringComparison.Ordinal) => "aws-cn",
        { } region when region.StartsWith("us-gov-", StringComparison.Ordinal) => "aws-us-gov",
        _ => "aws",
    };
}
