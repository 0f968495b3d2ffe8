using AuditConsole.ApiReference;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Query;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.ScheduledExports;

/// <summary>Exports that are made by themselves, day by day or as somebody wants it (docs/scheduled-exports.md).</summary>
public static class ScheduledExportsFeature
{
    // What takes the log out is set up under one scope, whether it is a stream or an export.
    private const string Write = "api-key:streams:write";
    private const string Api = "/api/scheduled-exports";

    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddScheduledExports(this IServiceCollection services)
    {
        services.AddSingleton<ExportTurns>();
        services.AddSingleton<ExportDestinations>();
        services.AddSingleton<ScheduledExportDrafts>();
        services.AddSingleton<PartRenderer>();
        services.AddSingleton<ScheduledExportReading>();
        services.AddSingleton<RunComparison>();
        services.AddSingleton<ScheduledExportStops>();
        services.AddSingleton<ScheduledExportRunner>();
        services.AddSingleton<ScheduledExportDownloads>();
        services.AddHostedService<ScheduledExportWorker>();
        services.AddSingleton<ScheduledExportWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ScheduledExportWatch>());
        services.AddSingleton(provider => new ScheduledExportService(provider));
        return services;
    }

    /// <summary>Maps the feature's routes.</summary>
    public static IEndpointRouteBuilder MapScheduledExports(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Api, ScheduledExportEndpoints.ListAsync).RequireAuthorization(Write).WithDoc(ScheduledExportDocs.List);
        routes.MapGet($"{Api}/{{id}}", ScheduledExportEndpoints.GetAsync).RequireAuthorization(Write).WithDoc(ScheduledExportDocs.Get);
        routes.MapPost(Api, ScheduledExportEndpoints.AddAsync)
            .RequireAuthorization(Write).WithDoc(ScheduledExportDocs.Add).WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        routes.MapPut($"{Api}/{{id}}", ScheduledExportEndpoints.ChangeAsync)
            .RequireAuthorization(Write).WithDoc(ScheduledExportDocs.Change).WithMetadata(new RequestSizeLimitAttribute(RequestBody.MaxDrained)).DisableAntiforgery();
        routes.MapDelete($"{Api}/{{id}}", ScheduledExportEndpoints.DeleteAsync).RequireAuthorization(Write).WithDoc(ScheduledExportDocs.Delete).DisableAntiforgery();
        routes.MapPost($"{Api}/{{id}}/{{act}}", ScheduledExportEndpoints.ActAsync).RequireAuthorization(Write).WithDoc(ScheduledExportDocs.Act).DisableAntiforgery();
        routes.MapGet($"{Api}/{{id}}/runs", ScheduledExportEndpoints.RunsAsync).RequireAuthorization(Write).WithDoc(ScheduledExportDocs.Runs);
        routes.MapGet($"{Api}/{{id}}/runs/{{run}}/manifest", ScheduledExportEndpoints.ManifestAsync).RequireAuthorization(Write).WithDoc(ScheduledExportDocs.Manifest);
        routes.MapGet($"{Api}/{{id}}/runs/{{run}}/parts/{{number}}", ScheduledExportEndpoints.PartAsync).RequireAuthorization(Write).WithDoc(ScheduledExportDocs.Part);
        routes.MapGet($"{Api}/{{id}}/runs/{{run}}/parts/{{number}}/receipt", ScheduledExportEndpoints.ReceiptAsync)
            .RequireAuthorization(Write).WithDoc(ScheduledExportDocs.Receipt);
        const string Run = $"{ConsoleUrls.ScheduledExportsPath}/{{id}}/runs/{{run:guid}}";
        routes.MapGet($"{Run}/manifest", (HttpContext context, string id, Guid run, string? tenant, [FromServices] ScheduledExportDownloads downloads, [FromServices] IMemberDirectory directory) =>
            ScheduledExportEndpoints.OfPeopleAsync(context, id, run, null, false, tenant, downloads, directory));
        routes.MapGet($"{Run}/parts/{{number:int}}", (HttpContext context, string id, Guid run, int number, string? tenant, [FromServices] ScheduledExportDownloads downloads, [FromServices] IMemberDirectory directory) =>
            ScheduledExportEndpoints.OfPeopleAsync(context, id, run, number, false, tenant, downloads, directory));
        routes.MapGet($"{Run}/parts/{{number:int}}/receipt", (HttpContext context, string id, Guid run, int number, string? tenant, [FromServices] ScheduledExportDownloads downloads, [FromServices] IMemberDirectory directory) =>
            ScheduledExportEndpoints.OfPeopleAsync(context, id, run, number, true, tenant, downloads, directory));
        return routes;
    }
}
