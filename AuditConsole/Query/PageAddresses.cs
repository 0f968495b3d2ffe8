using AuditConsole.Identity;
using Microsoft.AspNetCore.Components.Endpoints;

namespace AuditConsole.Query;

/// <summary>Knows of one page whether an address of it can be shown.</summary>
public interface IPageAddress
{
    /// <summary>Whether the path is the page's.</summary>
    bool IsOf(PathString path);

    /// <summary>The status of an address: 200, 400 where a parameter is wrong, 404 where what it names doesn't exist.</summary>
    /// <param name="request">The request for the page.</param>
    /// <param name="member">Who looks, in the account that the address means.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<int> StatusAsync(HttpRequest request, Member member, CancellationToken cancellationToken);
}

/// <summary>
/// Pages are rendered over their circuit and say there what is wrong with an address; their document is the same for
/// every address. So that a program, a link checker or a proxy's log isn't told that all is well, its status says it
/// too.
/// </summary>
internal static partial class PageAddresses
{
    /// <summary>Sets the status of a page's document. Stands behind authentication.</summary>
    public static void UsePageAddresses(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (IsPage(context) && context.User.UserId() is { } userId)
        {
            var status = await StatusAsync(context, userId);
            context.Response.OnStarting(() =>
            {
                if (context.Response.StatusCode == StatusCodes.Status200OK)
                {
                    context.Response.StatusCode = status;
                }
                return Task.CompletedTask;
            });
        }
        await next(context);
    });

    private static bool IsPage(HttpContext context) =>
        (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)) &&
        context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null;

    private static async Task<int> StatusAsync(HttpContext context, string userId)
    {
        var (request, services) = (context.Request, context.RequestServices);
        var members = await services.GetRequiredService<IMemberDirectory>().ListAsync(userId, context.RequestAborted);
        var tenant = request.Query["tenant"].ToString();
        var member = tenant.Length == 0 ? members.FirstOrDefault() : members.FirstOrDefault(member => member.TenantSlug == tenant);
        if (member is null)
        {
            // Somebody without any account is told so by the page, whatever its address.
            return members.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
        }
        try
        {
            return services.GetServices<IPageAddress>().FirstOrDefault(page => page.IsOf(request.Path)) is { } page
                ? await page.StatusAsync(request, member, context.RequestAborted)
                : StatusCodes.Status200OK;
        }
        catch (Storage.StorageException fault)
        {
            // The page says so itself, with a way to try again.
            Log.Unreadable(services.GetRequiredService<ILogger<IPageAddress>>(), fault);
            return StatusCodes.Status500InternalServerError;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "What a page's address names could not be read")]
        public static partial void Unreadable(ILogger logger, Exception fault);
    }
}

/// <summary>The log's page: its whole state is its query string.</summary>
internal sealed class LogAddress(CursorProtector cursors, TimeProvider clock) : IPageAddress
{
    /// <inheritdoc/>
    public bool IsOf(PathString path) => path.Equals(ConsoleUrls.AuditLogPath, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public Task<int> StatusAsync(HttpRequest request, Member member, CancellationToken cancellationToken)
    {
        var problems = new List<QueryProblem>();
        var query = LogQuery.Parse(
            name => request.Query[name], DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), problems);
        var isRight = problems.Count == 0 && (query.Cursor is null || cursors.Read(query.Cursor, member.TenantId, query.Filter) is not null);
        return Task.FromResult(isRight ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }
}
