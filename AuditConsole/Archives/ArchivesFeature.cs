namespace AuditConsole.Archives;

/// <summary>Whole logs as files.</summary>
public static class ArchivesFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddArchives(this IServiceCollection services) => services.AddSingleton<ArchiveService>();
}
