namespace AuditConsole.EventTypes;

/// <summary>The page of the actions that the log holds, and of their schemas.</summary>
public static class EventTypesFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddEventTypes(this IServiceCollection services) => services.AddSingleton<EventTypeService>();
}
