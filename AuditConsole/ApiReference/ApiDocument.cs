using System.Text;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AuditConsole.ApiReference;

/// <summary>The OpenAPI document, generated from the routes once and kept: it doesn't change while the service runs.</summary>
internal sealed class ApiDocument([FromKeyedServices(ApiDocument.Name)] IOpenApiDocumentProvider provider)
{
    /// <summary>The document's name in its address.</summary>
    public const string Name = "v1";

    private readonly Lock _gate = new();
    private Task<(OpenApiDocument, byte[])>? _made;

    /// <summary>The document, and its JSON (OpenAPI 3.1).</summary>
    public Task<(OpenApiDocument Document, byte[] Json)> GetAsync()
    {
        lock (_gate)
        {
            return _made = _made is null or { IsFaulted: true } ? Task.Run(MakeAsync) : _made;
        }
    }

    private async Task<(OpenApiDocument, byte[])> MakeAsync()
    {
        var document = await provider.GetOpenApiDocumentAsync();
        return (document, Encoding.UTF8.GetBytes(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1)));
    }
}
