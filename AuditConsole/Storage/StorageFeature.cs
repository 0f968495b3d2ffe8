using AuditConsole.Operations;
using AuditConsole.Storage.Segments;
using AuditConsole.Storage.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AuditConsole.Storage;

/// <summary>The database, its writer and its readers.</summary>
public static class StorageFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptions.Validator>();
        services.AddMetrics();
        services.TryAddSingleton<ConsoleMetrics>();
        services.AddSingleton<DataDirectory>();
        services.AddSingleton<WriteGate>();
        services.AddSingleton<SqliteContextFactory>();
        services.AddSingleton<IDbContextFactory<ConsoleDbContext>>(provider => provider.GetRequiredService<SqliteContextFactory>());
        services.AddScoped(provider => provider.GetRequiredService<SqliteContextFactory>().CreateDbContext());
        services.AddSingleton<SqliteDatabase>();
        services.AddSingleton<CommitSignals>();
        services.TryAddSingleton(new SegmentSizes());
        services.AddSingleton<SegmentCache>();
        services.AddSingleton<SegmentQueue>();
        services.AddSingleton<SegmentUpkeep>();
        services.AddSingleton<IEntryIndex>(provider => provider.GetRequiredService<SegmentUpkeep>());
        services.AddSingleton<SqliteWriter>();
        services.AddSingleton<ReaderPool>();
        services.AddSingleton<SqliteEntryStore>();
        services.AddSingleton<IEntryStore>(provider => provider.GetRequiredService<SqliteEntryStore>());
        services.AddSingleton<ISealedStore>(provider => provider.GetRequiredService<SqliteEntryStore>());
        services.AddSingleton<ITreeStore, SqliteTreeStore>();
        services.AddSingleton<IDatabaseBackup, SqliteBackup>();
        services.AddSingleton(provider => new StorageHost(
            provider.GetRequiredService<DataDirectory>(),
            provider.GetRequiredService<SqliteDatabase>(),
            provider.GetRequiredService<SqliteContextFactory>(),
            provider.GetRequiredService<SqliteWriter>(),
            provider.GetRequiredService<SegmentUpkeep>(),
            provider.GetRequiredService<ReaderPool>(),
            provider.GetRequiredService<SqliteEntryStore>()));
        // The first hosted service: it starts before all that reads and writes, and stops after it.
        services.AddHostedService(provider => provider.GetRequiredService<StorageHost>());
        return services;
    }

    /// <summary>Begins with what takes long at a start and needs nothing of the database.</summary>
    public static void UseStorage(this WebApplication app) => app.Services.GetRequiredService<SqliteContextFactory>().WarmUp();
}
