using System.Text.Json;
using System.Text.Json.Serialization;
using AuditConsole.Integrity;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Operations;

/// <summary>
/// <c>/healthz</c>: the process answers; a log that doesn't hold or isn't signed any more is a detail of it. <c>/readyz</c>: the database is reachable and has this version's schema.
/// Anyone may ask, so neither tells more than that; what went wrong is in the log.
/// </summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", (IntegrityHealth integrity) => Results.Json(new HealthAnswer("ok", integrity.Describe()), Json)).AllowAnonymous();
        routes.MapGet("/readyz", ReadyAsync).AllowAnonymous();
    }

    private sealed record HealthAnswer(string Status, IntegrityDetail? Integrity);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static async Task<IResult> ReadyAsync(HttpContext context, Readiness readiness) =>
        await readiness.FindFaultAsync(context.RequestAborted) is { } reason
            ? Results.Json(new { status = "unavailable", reason }, statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Json(new { status = "ready" });
}

/// <summary>Finds out whether the service can do its work. Asks the database at most once a second, however many ask.</summary>
internal sealed partial class Readiness(IServiceProvider services, TimeProvider clock, ILogger<Readiness> logger)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private (long At, string? Fault)? _known;
    private bool _isMigrated;

    /// <summary>Why it can't, or null.</summary>
    public async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_known is not { } known || clock.GetElapsedTime(known.At) > Kept)
            {
                _known = known = (clock.GetTimestamp(), await AskAsync(cancellationToken));
            }
            return known.Fault;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var context = await services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync(cancellationToken);
            if (!_isMigrated && (await context.Database.GetPendingMigrationsAsync(cancellationToken)).Any())
            {
                return "The database has not been brought up to this version yet.";
            }
            _isMigrated = true;
            await context.Tenants.AnyAsync(cancellationToken);
            return null;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Log.Unreachable(logger, fault);
            return "The database can't be read.";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Not ready: the database can't be read.")]
        public static partial void Unreachable(ILogger logger, Exception fault);
    }
}
