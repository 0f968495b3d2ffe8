using AuditConsole.Api;
using Microsoft.OpenApi;

namespace AuditConsole.ApiReference;

/// <summary>The API's description, for programs (OpenAPI) and for people (a page), both generated from the routes.</summary>
public static class ApiReferenceFeature
{
    /// <summary>Where the OpenAPI document is.</summary>
    public const string DocumentPath = "/openapi/v1.json";

    /// <summary>Where the page is.</summary>
    public const string PagePath = "/docs/api";

    /// <summary>Registers the feature's services.</summary>
    public static IServiceCollection AddApiReference(this IServiceCollection services)
    {
        services.AddOpenApi(ApiDocument.Name, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.ShouldInclude = route => ApiPaths.IsApi("/" + route.RelativePath);
            options.AddOperationTransformer<DocTransformer>();
            options.AddDocumentTransformer<DocTransformer>();
        });
        return services.AddSingleton<ApiDocument>();
    }

    /// <summary>Maps the document; it holds no secret, so anybody may read it.</summary>
    public static IEndpointRouteBuilder MapApiReference(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(DocumentPath, async (HttpContext context, ApiDocument document) =>
        {
            var (_, json) = await document.GetAsync();
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = json.Length;
            await context.Response.Body.WriteAsync(json, context.RequestAborted);
        }).AllowAnonymous().ExcludeFromDescription();
        return routes;
    }
}
