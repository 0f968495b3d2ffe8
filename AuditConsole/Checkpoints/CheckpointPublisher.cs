using System.Collections.Concurrent;
using System.Net.Mime;
using System.Text;
using AuditConsole.Integrity;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Checkpoints;

/// <summary>How publishing to a place goes.</summary>
/// <param name="Target"><c>directory</c> or <c>url</c>.</param>
/// <param name="Place">For people: the folder's name, the URL's host.</param>
/// <param name="Failure">Why the last try failed, a sentence; null where it didn't.</param>
/// <param name="FailingSince">Since when.</param>
/// <param name="NextTry">When it is tried again.</param>
public sealed record PublicationStatus(string Target, string Place, string? Failure, DateTimeOffset? FailingSince, DateTimeOffset? NextTry)
{
    internal int Failures { get; init; }
}

/// <summary>
/// Hands every stored checkpoint to the places that the operator named: a folder, an HTTP endpoint. What fails is tried
/// again, later each time, and nothing else waits for it.
/// </summary>
public sealed partial class CheckpointPublisher : IDisposable
{
    private const int RowsInBatch = 200;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(15);

    private readonly IDbContextFactory<ConsoleDbContext> _contexts;
    private readonly SigningKey _key;
    private readonly IntegrityOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<CheckpointPublisher> _log;
    private readonly string? _directory;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = RequestTime };
    private readonly ConcurrentDictionary<string, PublicationStatus> _status = new(StringComparer.Ordinal);

    /// <summary>Says where to; nothing is sent yet.</summary>
    public CheckpointPublisher(
        IDbContextFactory<ConsoleDbContext> contexts, SigningKey key, IOptions<IntegrityOptions> options, IHostEnvironment environment,
        TimeProvider clock, ILogger<CheckpointPublisher> log)
    {
        (_contexts, _key, _options, _clock, _log) = (contexts, key, options.Value, clock, log);
        if (_options.PublishDirectory is { } directory)
        {
            _directory = Path.GetFullPath(directory, environment.ContentRootPath);
            _status["directory"] = new PublicationStatus("directory", Path.GetFileName(Path.TrimEndingDirectorySeparator(_directory)), null, null, null);
        }
        if (_options.PublishUrl is { } url)
        {
            _status["url"] = new PublicationStatus("url", new Uri(url).Host, null, null, null);
        }
    }

    /// <summary>How it goes, place by place; empty where nothing is published.</summary>
    public IReadOnlyList<PublicationStatus> Status => [.. _status.Values.OrderBy(status => status.Target, StringComparer.Ordinal)];

    /// <summary>How far a tenant's checkpoints are published, by place.</summary>
    public async Task<IReadOnlyDictionary<string, long>> PublishedAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<CheckpointPublication>().AsNoTracking().Where(row => row.TenantNumber == tenant)
            .ToDictionaryAsync(row => row.Target, row => row.Size, cancellationToken);
    }

    /// <summary>Publishes what isn't published yet, at each place whose wait is over.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var status in Status)
        {
            if (status.NextTry is { } next && next > _clock.GetUtcNow())
            {
                continue;
            }
            while (await RunAsync(status.Target, cancellationToken) == RowsInBatch)
            {
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<int> RunAsync(string target, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context.Set<StoredCheckpoint>().AsNoTracking()
            .Where(row => row.Size > (context.Set<CheckpointPublication>()
                .Where(done => done.TenantNumber == row.TenantNumber && done.Target == target).Max(done => (long?)done.Size) ?? 0))
            .OrderBy(row => row.TenantNumber).ThenBy(row => row.Size).Take(RowsInBatch)
            .Select(row => new { Row = row, row.Tenant!.Id }).ToListAsync(cancellationToken);
        var done = 0;
        try
        {
            foreach (var item in rows)
            {
                await PublishAsync(target, item.Id, item.Row, cancellationToken);
                await NoteAsync(context, target, item.Row, cancellationToken);
                done++;
            }
            if (rows.Count > 0 || _status[target].Failure is not null && done == rows.Count)
            {
                _status[target] = _status[target] with { Failure = null, FailingSince = null, NextTry = null, Failures = 0 };
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or HttpRequestException
            || fault is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Fail(target, fault);
        }
        return done;
    }

    private async Task PublishAsync(string target, Guid tenantId, StoredCheckpoint row, CancellationToken cancellationToken)
    {
        if (target == "directory")
        {
            // The time is part of the name: after an accepted restore there may be another one of the same size.
            var folder = Path.Combine(_directory!, tenantId.ToString());
            Directory.CreateDirectory(folder);
            WriteFile(Path.Combine(folder, $"{row.Size}-{row.Time.ToUnixTimeMilliseconds()}.txt"), row.Note);
            WriteFile(Path.Combine(folder, "latest.txt"), row.Note);
            WriteFile(Path.Combine(_directory!, "checkpoint-key.pem"), _key.Public?.ToPem() ?? "");
            return;
        }
        using var content = new StringContent(row.Note, Encoding.UTF8, MediaTypeNames.Text.Plain);
        using var answer = await _http.PostAsync(new Uri(_options.PublishUrl!), content, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"It answered {(int)answer.StatusCode}.");
        }
    }

    private static void WriteFile(string path, string text)
    {
        var fresh = $"{path}.new";
        File.WriteAllText(fresh, text);
        File.Move(fresh, path, overwrite: true);
    }

    private async Task NoteAsync(ConsoleDbContext context, string target, StoredCheckpoint row, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var changed = await context.Set<CheckpointPublication>()
            .Where(done => done.TenantNumber == row.TenantNumber && done.Target == target)
            .ExecuteUpdateAsync(set => set.SetProperty(done => done.Size, row.Size).SetProperty(done => done.PublishedAt, now), cancellationToken);
        if (changed == 0)
        {
            context.Add(new CheckpointPublication { TenantNumber = row.TenantNumber, Target = target, Size = row.Size, PublishedAt = now });
            await context.SaveChangesAsync(cancellationToken);
        }
    }

    private void Fail(string target, Exception fault)
    {
        // Every account's members see the reason: paths of this machine and other accounts' ids stay in the service's log.
        var reason = fault switch
        {
            OperationCanceledException => $"It did not answer within {RequestTime.TotalSeconds:0} seconds.",
            HttpRequestException { StatusCode: null } and { InnerException: not null } => "It could not be reached; the service’s log says why.",
            HttpRequestException => fault.Message,
            _ => "Nothing can be written there; the service’s log says why.",
        };
        var (now, before) = (_clock.GetUtcNow(), _status[target]);
        var wait = TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, Math.Pow(2, Math.Min(before.Failures, 20))));
        if (before.Failure != reason)
        {
            Log.Failed(_log, target, fault is OperationCanceledException ? reason : fault.Message);
        }
        _status[target] = before with { Failure = reason, FailingSince = before.FailingSince ?? now, NextTry = now + wait, Failures = before.Failures + 1 };
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Checkpoints can't be published to the {Target}: {Reason} It is tried again")]
        public static partial void Failed(ILogger logger, string target, string reason);
    }
}
