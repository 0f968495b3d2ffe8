using System.Collections.Concurrent;
using AuditConsole.Core;
using AuditConsole.Operations;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Integrity;

/// <summary>
/// Verifies every log all the time, a little at a time: what is new soon after it came, and everything again in the
/// course of <c>Integrity:ReverificationDays</c>. What it found stands in the database, so that a restart goes on.
/// </summary>
public sealed partial class IntegrityMonitor(
    VerificationService verification, IEntryStore store, IDbContextFactory<ConsoleDbContext> contexts,
    IOptions<IntegrityOptions> options, ConsoleMetrics metrics, TimeProvider clock, ILogger<IntegrityMonitor> log) : IDisposable
{
    // Between two of these others get the processor, and what was found is put down.
    private const int PlacesInStretch = 20_000;

    // A small log is walked again in each round.
    private const int LeastAgain = 2_000;

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ConcurrentDictionary<int, VerificationState> _states = new();
    private readonly ConcurrentDictionary<int, RunningVerification> _running = new();

    /// <summary>What is known of a tenant's log came or changed. On any thread.</summary>
    public event Action<int>? Changed;

    /// <summary>The tenants whose log doesn't hold, with the place; for health and metrics.</summary>
    public IReadOnlyList<(int Tenant, long Sequence)> Faults =>
        [.. _states.Values.Where(state => state.FaultSequence is not null).Select(state => (state.TenantNumber, state.FaultSequence!.Value))];

    /// <summary>What is known of a tenant's log.</summary>
    public async Task<VerificationState> StatusOfAsync(int tenant, CancellationToken cancellationToken)
    {
        if (_states.TryGetValue(tenant, out var known))
        {
            return known;
        }
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var state = await context.Set<VerificationState>().AsNoTracking().SingleOrDefaultAsync(row => row.TenantNumber == tenant, cancellationToken);
        return _states.GetOrAdd(tenant, state ?? new VerificationState { TenantNumber = tenant });
    }

    /// <summary>A verification that somebody asked for and that is under way.</summary>
    public RunningVerification? RunningFor(int tenant) => _running.GetValueOrDefault(tenant);

    /// <summary>Verifies what is new of every log, and a part of what was verified before.</summary>
    /// <param name="cancellationToken">Ends it between two stretches; what was verified is put down.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<int> tenants;
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            tenants = await context.Tenants.AsNoTracking().OrderBy(tenant => tenant.Number).Select(tenant => tenant.Number).ToListAsync(cancellationToken);
        }
        foreach (var tenant in tenants)
        {
            while (!await RunAsync(tenant, cancellationToken))
            {
            }
        }
    }

    /// <summary>Walks a log from its beginning to its end now, in the background; joins a walk that is under way.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="by">Who asks, for people to read.</param>
    /// <param name="stopping">Ends the walk: the service stops.</param>
    public RunningVerification Start(int tenant, string by, CancellationToken stopping)
    {
        var running = new RunningVerification(by);
        var under = _running.GetOrAdd(tenant, running);
        if (under == running)
        {
            running.Progress.ProgressChanged += (_, _) => Changed?.Invoke(tenant);
            running.Done = Task.Run(() => RunAsync(tenant, running, stopping), CancellationToken.None);
        }
        return under;
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task RunAsync(int tenant, RunningVerification running, CancellationToken stopping)
    {
        try
        {
            var known = (await StatusOfAsync(tenant, stopping)).Verified;
            var result = await verification.WalkAsync(tenant, from: null, to: long.MaxValue, known, readers: 1, running.Progress, stopping);
            await _one.WaitAsync(stopping);
            try
            {
                await ChangeAsync(tenant, state => TakeFull(state, result, running.By), stopping);
            }
            finally
            {
                _one.Release();
            }
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            running.Failure = fault is StorageException storage ? storage.PublicMessage : "Verification failed on the server, which noted why. Nothing was changed; try again.";
            Log.Failed(log, fault);
        }
        finally
        {
            _running.TryRemove(tenant, out _);
            Changed?.Invoke(tenant);
        }
    }

    /// <returns>Whether the log's end was reached.</returns>
    private async Task<bool> RunAsync(int tenant, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        VerificationResult news;
        try
        {
            var state = await StatusOfAsync(tenant, cancellationToken);
            var before = state.Verified;
            var head = await store.ReadHeadAsync(tenant, cancellationToken);
            if (head.Size == 0 && before is null or { Head.Size: 0 })
            {
                return true;
            }
            var start = before ?? new VerifiedPoint(ChainHead.Empty, new MerkleFrontier());
            var to = head.Size - start.Head.Size > PlacesInStretch ? start.Head.Size + PlacesInStretch : long.MaxValue;
            news = await verification.WalkAsync(tenant, before, to, known: null, readers: 1, progress: null, cancellationToken);
            var again = before is null || to != long.MaxValue ? null : await WalkAgainAsync(state, before, head.Size, cancellationToken);
            await ChangeAsync(tenant, next => Take(next, before, news, again), cancellationToken);
        }
        finally
        {
            _one.Release();
        }
        // As long a rest as the work took: others come first.
        await Task.Delay(news.Duration, clock, cancellationToken);
        return news.Fault is not null || news.Head.Size >= (await store.ReadHeadAsync(tenant, cancellationToken)).Size;
    }

    /// <summary>A part of what was verified before, from where the last part ended.</summary>
    private async Task<VerificationResult> WalkAgainAsync(VerificationState state, VerifiedPoint verified, long size, CancellationToken cancellationToken)
    {
        var share = (double)options.Value.VerificationSeconds / TimeSpan.FromDays(options.Value.ReverificationDays).TotalSeconds;
        var start = Math.Max(state.Walk?.Head.Size ?? 0, (await store.ReadBaseAsync(state.TenantNumber, cancellationToken)).Head.Size);
        var to = Math.Min(verified.Head.Size, start + Math.Clamp((long)(size * share), LeastAgain, PlacesInStretch));
        return await verification.WalkAsync(state.TenantNumber, state.Walk, to, verified, readers: 1, progress: null, cancellationToken);
    }

    private void Take(VerificationState state, VerifiedPoint? before, VerificationResult news, VerificationResult? again)
    {
        var now = clock.GetUtcNow();
        if (news.Reached is { } reached)
        {
            // What was found behind the place that was verified last, and only that, is seen to be right again.
            if (state.FaultSequence > (before?.Head.Size ?? 0) && state.FaultSequence <= Math.Max(reached.Head.Size, (before?.Head.Size ?? 0) + 1))
            {
                Clear(state);
            }
            if (state.VerifiedAt is null || reached.Head.Size > state.Size)
            {
                state.VerifiedAt = now;
            }
            state.Verified = reached;
        }
        else
        {
            Fail(state, news.Fault!, now);
        }
        if (again is null)
        {
            return;
        }
        if (again.Reached is not { } place)
        {
            if (state.FaultSequence <= again.Head.Size && news.Fault is null)
            {
                // The walk came past the one that was known, and found another.
                Clear(state);
            }
            Fail(state, again.Fault!, now);
            return;
        }
        state.WalkStartedAt ??= now;
        state.WalkMilliseconds += (long)again.Duration.TotalMilliseconds;
        state.Walk = place;
        if (state.FaultSequence <= place.Head.Size && news.Fault is null)
        {
            Clear(state);
        }
        if (place.Head.Size >= before!.Head.Size)
        {
            (state.FullAt, state.FullSize, state.FullMilliseconds, state.FullBy) = (now, place.Head.Size, state.WalkMilliseconds, null);
            if (news.Fault is null)
            {
                state.VerifiedAt = now;
            }
            EndWalk(state);
        }
    }

    private void TakeFull(VerificationState state, VerificationResult result, string by)
    {
        var now = clock.GetUtcNow();
        if (result.Reached is { } reached)
        {
            Clear(state);
            EndWalk(state);
            (state.FullAt, state.FullSize, state.FullMilliseconds, state.FullBy) = (now, reached.Head.Size, (long)result.Duration.TotalMilliseconds, by);
            state.VerifiedAt = now;
            if (reached.Head.Size >= state.Size)
            {
                state.Verified = reached;
            }
            return;
        }
        Fail(state, result.Fault!, now);
        // So that the walk comes past it again, and sees when it is right.
        EndWalk(state);
    }

    private void Fail(VerificationState state, ChainFault fault, DateTimeOffset now)
    {
        // The first place that doesn't hold is the one to tell.
        if (state.FaultSequence is null || state.FaultSequence > fault.Sequence || state.FaultSequence == fault.Sequence && state.FaultReason != fault.Reason)
        {
            Log.Fault(log, state.TenantNumber, fault.Sequence, fault.Reason);
            metrics.VerificationFailed();
            (state.FaultSequence, state.FaultReason, state.FaultFoundAt) = (fault.Sequence, fault.Reason, now);
        }
    }

    private void Clear(VerificationState state)
    {
        if (state.FaultSequence is { } sequence)
        {
            Log.Cleared(log, state.TenantNumber, sequence);
            (state.FaultSequence, state.FaultReason, state.FaultFoundAt) = (null, null, null);
        }
    }

    private static void EndWalk(VerificationState state) => (state.Walk, state.WalkStartedAt, state.WalkMilliseconds) = (null, null, 0);

    /// <summary>Changes a copy and puts it down, so that who reads never sees half of a change.</summary>
    private async Task ChangeAsync(int tenant, Action<VerificationState> change, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var state = await context.Set<VerificationState>().SingleOrDefaultAsync(row => row.TenantNumber == tenant, cancellationToken);
        if (state is null)
        {
            state = new VerificationState { TenantNumber = tenant };
            context.Add(state);
        }
        change(state);
        await context.SaveChangesAsync(cancellationToken);
        context.Entry(state).State = EntityState.Detached;
        _states[tenant] = state;
        Changed?.Invoke(tenant);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "The log of tenant {Tenant} does not hold at #{Sequence}: {Reason}")]
        public static partial void Fault(ILogger logger, int tenant, long sequence, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The log of tenant {Tenant} holds again at #{Sequence}")]
        public static partial void Cleared(ILogger logger, int tenant, long sequence);

        [LoggerMessage(Level = LogLevel.Error, Message = "Verification could not be done")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
