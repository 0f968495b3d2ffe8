using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using AuditConsole.Operations;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Identity;

/// <summary>What the security log tells of.</summary>
public static class SecurityEventKinds
{
    /// <summary>A person signed in.</summary>
    public const string SignIn = "sign_in";

    /// <summary>A wrong e-mail or password.</summary>
    public const string SignInFailed = "sign_in_failed";

    /// <summary>A person was locked out, or tried while locked out.</summary>
    public const string LockedOut = "locked_out";

    /// <summary>A person signed out.</summary>
    public const string SignOut = "sign_out";

    /// <summary>A password was set by link or by setup.</summary>
    public const string PasswordSet = "password_set";

    /// <summary>Entries were downloaded.</summary>
    public const string Download = "download";

    /// <summary>A person tried what the role doesn't allow.</summary>
    public const string Denied = "denied";

    /// <summary>A key was unknown, ended or used where it may not be.</summary>
    public const string KeyDenied = "key_denied";

    /// <summary>A portal link was used.</summary>
    public const string PortalOpened = "portal_opened";

    /// <summary>A portal link was tried that opens nothing any more.</summary>
    public const string PortalDenied = "portal_denied";

    /// <summary>Settings of an account were changed that no entry tells of.</summary>
    public const string SettingsChanged = "settings_changed";

    /// <summary>A page of another origin tried to connect.</summary>
    public const string OriginDenied = "origin_denied";

    /// <summary>A stream stopped: the other side refused for good.</summary>
    public const string StreamStopped = "stream_stopped";

    /// <summary>A stream was disabled: it failed for too long, or the other side wants no more.</summary>
    public const string StreamDisabled = "stream_disabled";

    /// <summary>Entries will expire before a stream has delivered them.</summary>
    public const string StreamBehind = "stream_behind";

    /// <summary>A scheduled export stopped: the other side refused for good.</summary>
    public const string ScheduledExportStopped = "scheduled_export_stopped";

    /// <summary>A scheduled export was disabled: it failed for too long.</summary>
    public const string ScheduledExportDisabled = "scheduled_export_disabled";

    /// <summary>Entries will expire before a scheduled export holds them.</summary>
    public const string ScheduledExportBehind = "scheduled_export_behind";

    /// <summary>Lines that a flood kept from being written.</summary>
    public const string Dropped = "dropped";
}

/// <summary>
/// The service's own log of sign-ins, downloads and refusals: a table, and a JSON line each on standard output. Writing
/// never waits: under a flood lines are dropped, and how many is logged.
/// </summary>
public sealed partial class SecurityLog(IDbContextFactory<ConsoleDbContext> contexts, TimeProvider clock, ConsoleMetrics metrics, ILogger<SecurityLog> logger)
    : BackgroundService
{
    private const int MaxDetail = 4000;
    private const int Capacity = 4096;
    private const int BatchSize = 256;

    private readonly Channel<SecurityEvent> _lines = Channel.CreateBounded<SecurityEvent>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private long _dropped;

    /// <summary>Writes a line.</summary>
    /// <param name="kind">One of <see cref="SecurityEventKinds"/>.</param>
    /// <param name="subject">The person's or key's id, if known.</param>
    /// <param name="tenant">The tenant's number in the store, if one was meant.</param>
    /// <param name="client">From where.</param>
    /// <param name="detail">What else is worth knowing; never a secret.</param>
    public void Write(string kind, string? subject, int? tenant, Client client, string? detail = null)
    {
        metrics.Secured(kind);
        var line = new SecurityEvent
        {
            At = clock.GetUtcNow(),
            Kind = kind,
            Subject = subject,
            TenantNumber = tenant,
            Ip = client.Ip?.ToString(),
            UserAgent = client.UserAgent,
            Detail = detail is { Length: > MaxDetail } ? string.Concat(detail.AsSpan(0, MaxDetail), "…") : detail,
        };
        if (!_lines.Writer.TryWrite(line))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = stoppingToken.Register(() => _lines.Writer.TryComplete());
        var batch = new List<SecurityEvent>(BatchSize);
        await foreach (var first in _lines.Reader.ReadAllAsync(CancellationToken.None))
        {
            batch.Add(first);
            while (batch.Count < BatchSize && _lines.Reader.TryRead(out var next))
            {
                batch.Add(next);
            }
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            {
                batch.Add(new SecurityEvent { At = clock.GetUtcNow(), Kind = SecurityEventKinds.Dropped, Detail = $"{dropped} lines" });
            }
            await WriteAsync(batch);
            batch.Clear();
        }
    }

    private async Task WriteAsync(List<SecurityEvent> batch)
    {
        foreach (var line in batch)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(
                new JsonLine(line.At, line.Kind, line.Subject, line.TenantNumber, line.Ip, line.UserAgent, line.Detail), Json));
        }
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            context.SecurityEvents.AddRange(batch);
            await context.SaveChangesAsync();
        }
        catch (Exception failure)
        {
            // The lines stand on standard output; the log must outlive a full disk.
            Log.NotStored(logger, failure, batch.Count);
        }
    }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private sealed record JsonLine(
        DateTimeOffset At, string SecurityEvent, string? Subject, int? Tenant, string? Ip, string? UserAgent, string? Detail);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Count} lines of the security log were not stored")]
        public static partial void NotStored(ILogger logger, Exception failure, int count);
    }
}
