namespace AuditConsole.Schemas;

/// <summary>The schemas of events: registering them, and refusing events that don't match.</summary>
public static class SchemasFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddSchemas(this IServiceCollection services) => services.AddSingleton<SchemaGuard>();
}
