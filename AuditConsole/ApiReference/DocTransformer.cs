using System.Globalization;
using System.Text.Json.Nodes;
using AuditConsole.ApiKeys;
using AuditConsole.Reading;
using AuditConsole.WorkOS;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AuditConsole.ApiReference;

/// <summary>Turns the routes' <see cref="ApiDoc"/> into OpenAPI.</summary>
internal sealed class DocTransformer : IOpenApiOperationTransformer, IOpenApiDocumentTransformer
{
    private const string Bearer = "bearer";
    private const string Header = "header";

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<ApiDoc>().FirstOrDefault() is { } doc)
        {
            Describe(operation, doc, context.Document!);
        }
        return Task.CompletedTask;
    }

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "AuditConsole",
            Version = "1",
            Description = "Append to an account's audit log, and read it where its Admins let programs. Every error is `{code, message, details, notices}`; the routes of the WorkOS API answer `{message, code, errors}`. "
                + "Checks come in one order: 401, `tenant_mismatch`, `session_required`, `forbidden`, then what was sent.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        WireSchemas.AddTo(document);
        WorkOSSchemas.AddTo(document);
        Schemas.SchemaDocs.AddTo(document);
        Portal.PortalDocs.AddTo(document);
        Streams.StreamDocs.AddTo(document);
        ScheduledExports.ScheduledExportDocs.AddTo(document);
        document.Components!.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key, made under API keys in the console." },
            [Header] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-API-Key", Description = "The same key." },
        };
        // GET answers HEAD too, without a body: that needs no entry of its own.
        foreach (var path in document.Paths.Values)
        {
            path.Operations?.Remove(HttpMethod.Head);
        }
        return Task.CompletedTask;
    }

    private static void Describe(OpenApiOperation operation, ApiDoc doc, OpenApiDocument document)
    {
        (operation.OperationId, operation.Summary, operation.Description) = (doc.Id, doc.Summary, doc.Description);
        operation.Extensions = new Dictionary<string, IOpenApiExtension> { ["x-curl"] = new JsonNodeExtension(JsonValue.Create(doc.Curl)) };
        operation.Tags = new HashSet<OpenApiTagReference>();
        operation.Parameters = [.. (operation.Parameters ?? []).Where(parameter => parameter.In == ParameterLocation.Path), .. doc.Query.Select(Describe), .. doc.Headers.Select(Describe)];
        if (doc.NeedsKey)
        {
            operation.Parameters.Add(Describe(new ApiHeader(
                ApiKeyPolicies.TenantHeader, "The account that is meant, as id, slug or external id: a check that the key is the right one.", "0193a1c4-2b7e-7d11-8f3a-5e9c6b0d4a21", doc.IsTenantRequired)));
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Header, document)] = [] },
            ];
        }
        if (doc.Body is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Contents([body], document) };
        }
        operation.Responses = new OpenApiResponses
        {
            [Number(doc.Status)] = new OpenApiResponse
            {
                Description = doc.Success,
                Content = Contents(doc.Contents, document),
                Headers = Headers(doc.AnswerHeaders, doc.NeedsKey),
            },
        };
        foreach (var errors in doc.Errors.GroupBy(error => error.Status).OrderBy(group => group.Key))
        {
            operation.Responses[Number(errors.Key)] = new OpenApiResponse
            {
                Description = string.Join(" ", errors.Select(error => $"`{error.Code}`: {error.When}")),
                Headers = errors.Key == 429 ? Headers([new("Retry-After", "Seconds to wait.", "37")], doc.NeedsKey) : null,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new()
                    {
                        Schema = new OpenApiSchemaReference(doc.ErrorSchema, document),
                        Examples = errors.ToDictionary(error => error.Code, error => (IOpenApiExample)new OpenApiExample
                        {
                            Value = doc.ErrorSchema == "Error"
                                ? new JsonObject { ["code"] = error.Code, ["message"] = error.When, ["details"] = new JsonArray(), ["notices"] = new JsonArray() }
                                : new JsonObject { ["message"] = error.When, ["code"] = error.Code },
                        }),
                    },
                },
            };
        }
    }

    private static OpenApiParameter Describe(ReadParameter parameter)
    {
        var schema = parameter.Kind switch
        {
            ParameterKind.Number => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = Number(parameter.Least), Maximum = Number(parameter.Most) },
            ParameterKind.Choice => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. parameter.Choices.Select(choice => (JsonNode)JsonValue.Create(choice))] },
            ParameterKind.Text => new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = parameter.MaxLength },
            _ => new OpenApiSchema { Type = JsonSchemaType.String },
        };
        if (parameter.Default is { } value)
        {
            schema.Default = parameter.Kind == ParameterKind.Number ? JsonNode.Parse(value) : JsonValue.Create(value);
        }
        return new OpenApiParameter
        {
            Name = parameter.Name,
            In = ParameterLocation.Query,
            Description = parameter.Description,
            Schema = parameter.IsRepeatable ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = schema, MaxItems = 50 } : schema,
            Explode = parameter.IsRepeatable,
            Example = parameter.IsRepeatable ? new JsonArray(parameter.Example)
                : parameter.Kind == ParameterKind.Number ? JsonNode.Parse(parameter.Example) : JsonValue.Create(parameter.Example),
        };
    }

    private static OpenApiParameter Describe(ApiHeader header) => new()
    {
        Name = header.Name,
        In = ParameterLocation.Header,
        Required = header.IsRequired,
        Description = header.Description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        Example = JsonValue.Create(header.Example),
    };

    private static Dictionary<string, OpenApiMediaType> Contents(IEnumerable<ApiContent> contents, OpenApiDocument document) =>
        contents.ToDictionary(content => content.MediaType, content => new OpenApiMediaType
        {
            Schema = content.Schema is null ? new OpenApiSchema { Type = JsonSchemaType.String } : new OpenApiSchemaReference(content.Schema, document),
            Example = content.Schema is null ? JsonValue.Create(content.Example) : JsonNode.Parse(content.Example),
        });

    private static Dictionary<string, IOpenApiHeader>? Headers(IReadOnlyList<ApiHeader> headers, bool needsKey)
    {
        IReadOnlyList<ApiHeader> all = needsKey
            ? [.. headers, new("RateLimit", "What is left of the limit, and in how many seconds it begins anew.", "\"reads\";r=599;t=42"), new("RateLimit-Policy", "The limit.", "\"reads\";q=600;w=60")]
            : headers;
        return all.Count == 0 ? null : all.ToDictionary(header => header.Name, header => (IOpenApiHeader)new OpenApiHeader
        {
            Description = header.Description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = JsonValue.Create(header.Example),
        });
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
