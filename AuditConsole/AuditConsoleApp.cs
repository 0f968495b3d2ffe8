using AuditConsole.Api;
using AuditConsole.ApiKeys;
using AuditConsole.ApiReference;
using AuditConsole.Archives;
using AuditConsole.Checkpoints;
using AuditConsole.CommandLine;
using AuditConsole.Entities;
using AuditConsole.EventTypes;
using AuditConsole.Exports;
using AuditConsole.Holds;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Integrity;
using AuditConsole.Notices;
using AuditConsole.Operations;
using AuditConsole.Portal;
using AuditConsole.Query;
using AuditConsole.Reading;
using AuditConsole.Redaction;
using AuditConsole.Retention;
using AuditConsole.ScheduledExports;
using AuditConsole.Schemas;
using AuditConsole.Sealing;
using AuditConsole.Shell;
using AuditConsole.Signatures;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Tenants;
using AuditConsole.Withholding;
using AuditConsole.WorkOS;

namespace AuditConsole;

/// <summary>The application, feature by feature.</summary>
public static class AuditConsoleApp
{
    /// <summary>Registers every feature.</summary>
    public static void AddAuditConsole(this WebApplicationBuilder builder)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        services.AddSingleton(TimeProvider.System);
        services.AddStorage(configuration);
        services.AddTenants(configuration);
        services.AddIdentity(configuration);
        services.AddApiKeys(configuration);
        services.AddApi(configuration);
        services.AddRedaction(configuration);
        services.AddSealing(configuration);
        services.AddSchemas();
        services.AddEventTypes();
        services.AddSignatures(configuration);
        services.AddIngest(configuration);
        services.AddQuery(configuration);
        services.AddReading();
        services.AddWorkOS();
        services.AddApiReference();
        services.AddEntities();
        services.AddPortal();
        services.AddExports(configuration);
        services.AddArchives();
        services.AddRetention(configuration);
        services.AddCheckpoints(configuration);
        services.AddWithholding();
        services.AddHolds();
        services.AddNotices();
        services.AddStreams();
        services.AddScheduledExports();
        services.AddIntegrity(configuration);
        services.AddOperations(configuration);
        services.AddCommandLine();
        services.AddShell(configuration);
    }

    /// <summary>Maps every feature.</summary>
    public static void UseAuditConsole(this WebApplication app)
    {
        app.UseStorage();
        app.UseShell();
        app.UseRateLimiter();
        app.MapApi();
        app.MapTenants();
        app.MapIdentity();
        app.MapSchemas();
        app.MapIngest();
        app.MapQuery();
        app.MapReading();
        app.MapWorkOS();
        app.MapApiReference();
        app.MapPortal();
        app.MapExports();
        app.MapRetention();
        app.MapCheckpoints();
        app.MapStreams();
        app.MapScheduledExports();
        app.MapIntegrity();
        app.MapOperations();
        app.MapShell();
    }
}
