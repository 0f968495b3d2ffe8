using System.Collections.Concurrent;
using AuditConsole.Core.Evidence;
using AuditConsole.Ingest;
using AuditConsole.Integrity;
using AuditConsole.Operations;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Checkpoints;

/// <summary>
/// Signs how far each tenant's log reaches. What was signed last is kept apart from the database, and a head that is
/// older or disagrees is never signed.
/// </summary>
public sealed partial class CheckpointService(
    IEntryStore store, ITreeStore trees, SigningKey key, HighWaterFile highWater, IDbContextFactory<ConsoleDbContext> contexts,
    IOptions<IntegrityOptions> options, IEnumerable<IRestoreWitness> witnesses, ConsoleMetrics metrics, TimeProvider clock, ILogger<CheckpointService> log) : IDisposable
{
    /// <summary>The least time between two checkpoints of a tenant.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<int, Followed> _followed = [];
    private readonly ConcurrentDictionary<int, string> _refusals = new();
    private readonly ServiceEntries _entries = new(store);
    private Dictionary<Guid, HighWater>? _marks;

    /// <summary>Why nothing is signed for anybody, a sentence; null while all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>Why nothing is signed for a tenant, a sentence or two; null while all is well.</summary>
    public string? RefusalOf(int tenant) => Problem ?? _refusals.GetValueOrDefault(tenant);

    /// <summary>The tenants for which signing is refused, by number.</summary>
    public IReadOnlyCollection<int> Refused => [.. _refusals.Keys];

    /// <summary>Reads the key, or makes it; <see cref="Problem"/> tells where it can't.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await TryOpenAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Signs what is due: so many new entries, or entries that have waited so long.</summary>
    /// <returns>What was signed.</returns>
    public async Task<IReadOnlyList<StoredCheckpoint>> RunAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await TryOpenAsync(cancellationToken) ? await SignAsync(await FindDueAsync(cancellationToken), cancellationToken) : [];
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Signs the newest head of a tenant now, if it has news.</summary>
    /// <returns>Whether its newest entry is covered now.</returns>
    public async Task<bool> SignNowAsync(int tenant, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (!await TryOpenAsync(cancellationToken))
            {
                return false;
            }
            await SignAsync([(await FollowAsync(tenant, cancellationToken), await FindHeadAsync(tenant, cancellationToken))], cancellationToken);
            return RefusalOf(tenant) is null;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<bool> TryOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_marks is null)
            {
                await using var context = await contexts.CreateDbContextAsync(cancellationToken);
                key.Open(mayCreate: !await context.Set<StoredCheckpoint>().AnyAsync(cancellationToken));
                _marks = highWater.Read() ?? await ReadStoredAsync(context, cancellationToken);
                Tell(null);
                await RecordRotationsAsync(cancellationToken);
            }
            return true;
        }
        catch (StorageException fault)
        {
            Tell(fault.Message);
            return false;
        }
    }

    /// <summary>Where the high-water file was lost, the stored checkpoints say what was signed.</summary>
    private async Task<Dictionary<Guid, HighWater>> ReadStoredAsync(ConsoleDbContext context, CancellationToken cancellationToken)
    {
        var marks = new Dictionary<Guid, HighWater>();
        var newest = await context.Set<StoredCheckpoint>().AsNoTracking()
            .Where(row => row.Size == context.Set<StoredCheckpoint>().Where(other => other.TenantNumber == row.TenantNumber).Max(other => other.Size))
            .ToListAsync(cancellationToken);
        foreach (var row in newest)
        {
            if (CheckpointNotes.TryRead(row.Note, key.All, out var statement))
            {
                marks[statement.TenantId] = new HighWater(statement.Size, statement.Root, statement.Chain, statement.Time);
            }
        }
        if (newest.Count > 0)
        {
            Log.HighWaterLost(log, highWater.Path);
        }
        return marks;
    }

    private async Task<List<(Followed, TenantHead)>> FindDueAsync(CancellationToken cancellationToken)
    {
        var due = new List<(Followed, TenantHead)>();
        var now = clock.GetUtcNow();
        var heads = (await trees.ListHeadsAsync(cancellationToken)).ToDictionary(head => head.Tenant);
        await FollowAllAsync(cancellationToken);
        foreach (var followed in _followed.Values)
        {
            var head = heads.TryGetValue(followed.Tenant, out var found) ? found : new TenantHead(followed.Tenant, default);
            if (followed.IsDue(head.Head, now, options.Value, _marks!.GetValueOrDefault(followed.TenantId)))
            {
                due.Add((followed, head));
            }
        }
        return due;
    }

    private async Task<IReadOnlyList<StoredCheckpoint>> SignAsync(IReadOnlyList<(Followed, TenantHead)> due, CancellationToken cancellationToken)
    {
        var prepared = new List<(Followed Followed, Checkpoint Checkpoint)>();
        var marks = new Dictionary<Guid, HighWater>(_marks!);
        foreach (var (followed, head) in due)
        {
            if (await PrepareAsync(followed, head, cancellationToken) is { } checkpoint)
            {
                prepared.Add((followed, checkpoint));
                marks[followed.TenantId] = new HighWater(checkpoint.Size, checkpoint.Root, checkpoint.Chain, checkpoint.Time);
            }
        }
        if (prepared.Count == 0)
        {
            return [];
        }
        try
        {
            // Before any signature: a service that is killed behind this signs the same heads again, and never older ones.
            highWater.Write(marks);
            _marks = marks;
            Tell(null);
        }
        catch (StorageException fault)
        {
            Tell(fault.Message);
            return [];
        }
        return await StoreAsync(prepared, cancellationToken);
    }

    private async Task<IReadOnlyList<StoredCheckpoint>> StoreAsync(
        List<(Followed Followed, Checkpoint Checkpoint)> prepared, CancellationToken cancellationToken)
    {
        var rows = prepared.ConvertAll(made => new StoredCheckpoint
        {
            TenantNumber = made.Followed.Tenant,
            Size = made.Checkpoint.Size,
            Time = made.Checkpoint.Time,
            KeyId = key.Public!.IdText,
            Note = key.Sign(made.Checkpoint).Note.ToString(),
        });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.AddRange(rows);
        await context.SaveChangesAsync(cancellationToken);
        foreach (var (followed, checkpoint) in prepared)
        {
            followed.HasSigned(checkpoint.Size, clock.GetUtcNow());
            _refusals.TryRemove(followed.Tenant, out _);
        }
        metrics.CheckpointsSigned(rows.Count);
        return rows;
    }

    /// <summary>What is to be signed for a tenant; null if nothing may be.</summary>
    private async Task<Checkpoint?> PrepareAsync(Followed followed, TenantHead head, CancellationToken cancellationToken)
    {
        try
        {
            var mark = _marks!.GetValueOrDefault(followed.TenantId);
            if (mark is not null && await FindDisagreementAsync(head, mark, cancellationToken) is { } reason)
            {
                Refuse(followed, reason);
                return null;
            }
            if (head.Head.Size == followed.Signed)
            {
                followed.HasSigned(followed.Signed, clock.GetUtcNow());
                _refusals.TryRemove(followed.Tenant, out _);
                return null;
            }
            var frontier = await trees.ExtendAsync(head.Tenant, head.Head.Size, cancellationToken);
            var now = clock.GetUtcNow();
            // A clock that is set back doesn't make the checkpoints say so.
            var time = mark is null || now > mark.Time ? now : mark.Time;
            return new Checkpoint(
                key.Service, followed.TenantId, head.Head.Size, frontier.Root(), head.Head.Hash,
                DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()));
        }
        catch (StorageException fault)
        {
            Refuse(followed, fault.Message);
            return null;
        }
    }

    /// <summary>Why the log isn't a continuation of what was signed last; null if it is.</summary>
    private async Task<string?> FindDisagreementAsync(TenantHead head, HighWater mark, CancellationToken cancellationToken)
    {
        if (head.Head.Size < mark.Size)
        {
            return string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"The log ends at #{head.Head.Size:N0}, but a checkpoint up to #{mark.Size:N0} was signed. An older copy of the database was put back, or entries were removed.");
        }
        var link = head.Head.Size == mark.Size ? head.Head.Hash : await trees.FindLinkAsync(head.Tenant, mark.Size, cancellationToken);
        var frontier = await trees.FindFrontierAsync(head.Tenant, mark.Size, cancellationToken);
        if (link is null || frontier is null)
        {
            return string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"The log can't be compared with the checkpoint up to #{mark.Size:N0} that was signed: those entries are gone.");
        }
        return link == mark.Chain && frontier.Root() == mark.Root ? null : string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"The entries up to #{mark.Size:N0} are not those that were signed. An older copy of the database was put back and written to, or entries were changed.");
    }

    private void Refuse(Followed followed, string reason)
    {
        followed.HasRefused(clock.GetUtcNow());
        if (!_refusals.TryGetValue(followed.Tenant, out var before) || before != reason)
        {
            _refusals[followed.Tenant] = reason;
            Log.Refused(log, followed.Slug, reason, followed.Slug);
            metrics.CheckpointRefused();
        }
    }

    private void Tell(string? problem)
    {
        if (problem is not null && problem != Problem)
        {
            Log.NothingSigned(log, problem);
            metrics.CheckpointRefused();
        }
        Problem = problem;
    }

    private async Task<Followed> FollowAsync(int tenant, CancellationToken cancellationToken)
    {
        await FollowAllAsync(cancellationToken);
        return _followed[tenant];
    }

    private async Task FollowAllAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Tenants.CountAsync(cancellationToken) == _followed.Count)
        {
            return;
        }
        var tenants = await context.Tenants.AsNoTracking().Select(tenant => new
        {
            tenant.Number,
            tenant.Id,
            tenant.Slug,
            Signed = context.Set<StoredCheckpoint>().Where(row => row.TenantNumber == tenant.Number).Max(row => (long?)row.Size) ?? 0,
        }).ToListAsync(cancellationToken);
        foreach (var tenant in tenants)
        {
            _followed.TryAdd(tenant.Number, new Followed(tenant.Number, tenant.Id, tenant.Slug, tenant.Signed));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "No checkpoint is signed for {Tenant}. {Reason} If that is meant, run: AuditConsole tenants accept-restore --tenant {Slug} --reason \"…\"")]
        public static partial void Refused(ILogger logger, string tenant, string reason, string slug);

        [LoggerMessage(Level = LogLevel.Critical, Message = "No checkpoint is signed at all. {Reason}")]
        public static partial void NothingSigned(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The high-water file {File} is missing. What the stored checkpoints say is taken for what was signed last")]
        public static partial void HighWaterLost(ILogger logger, string file);
    }
}
