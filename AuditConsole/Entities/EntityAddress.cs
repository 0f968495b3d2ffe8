using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Http.Features;

namespace AuditConsole.Entities;

/// <summary>The page of a resource.</summary>
internal sealed class EntityAddress(EntityReader entities) : IPageAddress
{
    private static readonly PathString Path = "/entities";

    /// <inheritdoc/>
    public bool IsOf(PathString path) => path.StartsWithSegments(Path);

    /// <inheritdoc/>
    public async Task<int> StatusAsync(HttpRequest request, Member member, CancellationToken cancellationToken)
    {
        // As it was sent: the decoded path leaves open whether %2F was an escaped slash or three letters.
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return EntityName.Read(target.Split('?')[0]) is { } name
            && await entities.ExistsAsync(member.UserId, name with { Tenant = member.TenantSlug }, cancellationToken)
                ? StatusCodes.Status200OK
                : StatusCodes.Status404NotFound;
    }
}
