using AuditConsole.Query;

namespace AuditConsole.Entities;

/// <summary>What the log knows of one resource.</summary>
public static class EntitiesFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddEntities(this IServiceCollection services) =>
        services.AddScoped<EntityReader>().AddScoped<IPageAddress, EntityAddress>();
}
