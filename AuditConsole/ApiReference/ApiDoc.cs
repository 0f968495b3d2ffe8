using AuditConsole.Reading;

namespace AuditConsole.ApiReference;

/// <summary>What the reference says of a route beside what the route itself says; metadata of its endpoint.</summary>
/// <param name="Id">Names the operation in links and generated clients.</param>
/// <param name="Summary">A few words.</param>
/// <param name="Description">Sentences, in Markdown.</param>
internal sealed record ApiDoc(string Id, string Summary, string Description)
{
    /// <summary>The parameters of the query string; the route checks against the same ones.</summary>
    public IReadOnlyList<ReadParameter> Query { get; init; } = [];

    /// <summary>Request headers beside the key.</summary>
    public IReadOnlyList<ApiHeader> Headers { get; init; } = [];

    /// <summary>The request's body.</summary>
    public ApiContent? Body { get; init; }

    /// <summary>The status of success.</summary>
    public int Status { get; init; } = 200;

    /// <summary>What success means.</summary>
    public required string Success { get; init; }

    /// <summary>What success gives, in the forms that there are.</summary>
    public required IReadOnlyList<ApiContent> Contents { get; init; }

    /// <summary>Headers of success.</summary>
    public IReadOnlyList<ApiHeader> AnswerHeaders { get; init; } = [];

    /// <summary>All errors.</summary>
    public required IReadOnlyList<ApiErrorDoc> Errors { get; init; }

    /// <summary>The name of the schema of its errors.</summary>
    public string ErrorSchema { get; init; } = "Error";

    /// <summary>A request that works, for a shell.</summary>
    public required string Curl { get; init; }

    /// <summary>Whether the account must be named.</summary>
    public bool IsTenantRequired { get; init; }

    /// <summary>Whether it needs a key.</summary>
    public bool NeedsKey { get; init; } = true;
}

/// <summary>A header.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does.</param>
/// <param name="Example">A value.</param>
/// <param name="IsRequired">Whether it must be sent.</param>
internal sealed record ApiHeader(string Name, string Description, string Example, bool IsRequired = false);

/// <summary>A body.</summary>
/// <param name="MediaType">Its type.</param>
/// <param name="Schema">The name of its schema; null for text.</param>
/// <param name="Example">A whole one: JSON, or text.</param>
internal sealed record ApiContent(string MediaType, string? Schema, string Example);

/// <summary>An error.</summary>
/// <param name="Status">The status.</param>
/// <param name="Code">The code.</param>
/// <param name="When">When it comes, a sentence.</param>
internal sealed record ApiErrorDoc(int Status, string Code, string When);

/// <summary>Puts it on routes.</summary>
internal static class ApiDocRouting
{
    /// <summary>Documents the route.</summary>
    public static RouteHandlerBuilder WithDoc(this RouteHandlerBuilder route, ApiDoc doc) => route.WithMetadata(doc);
}
