namespace AuditConsole.AuditLog;

/// <summary>What the known entity types are called on screen.</summary>
public static class EntityLabels
{
    /// <summary>The known entity types, in the order of the filter.</summary>
    public static IReadOnlyList<string> KnownTypes { get; } = ["Rule", "Profile", "ApiKey", "SpecJob", "EngineVersion"];

    /// <summary>The label of an entity type; types of other producers are shown as they are.</summary>
    public static string Of(string type) => type switch
    {
        "ApiKey" => "API key",
        "SpecJob" => "Spec job",
        "EngineVersion" => "Engine version",
        _ => type,
    };
}
