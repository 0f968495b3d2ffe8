using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.ScheduledExports;

/// <summary>
/// Sets up exports and says how they go: for the page, the command line and the API alike. Each change is one
/// transaction with its entry in the tenant's log; a run that is under way rests meanwhile, and goes on with what was changed.
/// </summary>
public sealed class ScheduledExportService
{
    /// <summary>What is said where there is no such export.</summary>
    internal const string Unknown = "There is no such scheduled export. Look again.";

    private readonly IDbContextFactory<ConsoleDbContext> _contexts;
    private readonly IEntryStore _store;
    private readonly IMemberDirectory _directory;
    private readonly ServiceEntries _entries;
    private readonly ExportDestinations _destinations;
    private readonly ScheduledExportDrafts _drafts;
    private readonly ScheduledExportReading _reading;
    private readonly RunComparison _comparison;
    private readonly ScheduledExportRunner _runner;
    private readonly ExportTurns _turns;
    private readonly StreamSecrets _secrets;
    private readonly StreamOptions _options;
    private readonly TimeProvider _clock;

    internal ScheduledExportService(IServiceProvider services)
    {
        _contexts = services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>();
        _store = services.GetRequiredService<IEntryStore>();
        _directory = services.GetRequiredService<IMemberDirectory>();
        _entries = services.GetRequiredService<ServiceEntries>();
        _destinations = services.GetRequiredService<ExportDestinations>();
        _drafts = services.GetRequiredService<ScheduledExportDrafts>();
        _reading = services.GetRequiredService<ScheduledExportReading>();
        _comparison = services.GetRequiredService<RunComparison>();
        _runner = services.GetRequiredService<ScheduledExportRunner>();
        _turns = services.GetRequiredService<ExportTurns>();
        _secrets = services.GetRequiredService<StreamSecrets>();
        _options = services.GetRequiredService<IOptions<StreamOptions>>().Value;
        _clock = services.GetRequiredService<TimeProvider>();
    }

    /// <summary>The kinds of destinations, in the order in which they are offered, without downloads.</summary>
    public IReadOnlyList<IDestinationKind> Kinds => _destinations.Kinds;

    /// <summary>Lets a member in. To be asked before every call: roles change.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public Task<StreamOwner> EnterAsync(string userId, string? tenantSlug, Client client, CancellationToken cancellationToken) =>
        EnterAsync(Permission.ManageScheduledExports, userId, tenantSlug, client, cancellationToken);

    /// <summary>Lets a member look: for the calls that change nothing.</summary>
    /// <exception cref="AccessDeniedException">The person is neither Auditor nor Admin there.</exception>
    public Task<StreamOwner> EnterToLookAsync(string userId, string? tenantSlug, Client client, CancellationToken cancellationToken) =>
        EnterAsync(Permission.ViewScheduledExports, userId, tenantSlug, client, cancellationToken);

    /// <summary>The tenant's exports, by name.</summary>
    public Task<IReadOnlyList<ScheduledExportView>> ListAsync(StreamOwner owner, CancellationToken cancellationToken) => _reading.ListAsync(owner.Tenant, null, cancellationToken);

    /// <summary>One of them.</summary>
    /// <exception cref="RefusedException">There is no such export.</exception>
    public async Task<ScheduledExportView> GetAsync(StreamOwner owner, string id, CancellationToken cancellationToken) =>
        (await _reading.ListAsync(owner.Tenant, id, cancellationToken)).SingleOrDefault() ?? throw Missing();

    /// <summary>Its runs, the newest first.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="id">The export.</param>
    /// <param name="before">Due before this; null for the newest.</param>
    /// <param name="limit">The most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RefusedException">There is no such export.</exception>
    public async Task<IReadOnlyList<ScheduledExportRun>> RunsAsync(StreamOwner owner, string id, DateTimeOffset? before, int limit, CancellationToken cancellationToken) =>
        await _reading.RunsAsync((await FindAsync(owner, id, cancellationToken)).Id, before, limit, cancellationToken);

    /// <summary>One of its runs; null where it is gone.</summary>
    /// <exception cref="RefusedException">There is no such export.</exception>
    public async Task<ScheduledExportRun?> FindRunAsync(StreamOwner owner, string id, Guid run, CancellationToken cancellationToken) =>
        await _reading.FindRunAsync((await FindAsync(owner, id, cancellationToken)).Id, run, cancellationToken);

    /// <summary>What of the parts of a run the log holds otherwise now, in their order.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="id">The export.</param>
    /// <param name="run">The run.</param>
    /// <param name="most">The most parts, from the first.</param>
    /// <param name="cancellationToken">Ends the counting.</param>
    /// <exception cref="RefusedException">There is no such export.</exception>
    public async Task<IReadOnlyList<PartNow>> CompareAsync(StreamOwner owner, string id, ScheduledExportRun run, int most, CancellationToken cancellationToken)
    {
        var export = await FindAsync(owner, id, cancellationToken);
        return await _comparison.CompareAsync(owner.Tenant, run.Manifest is { } manifest ? ScheduledExportJson.FilterOf(manifest) : export.Filter, run, most, cancellationToken);
    }

    /// <summary>Tries the settings of a draft without keeping them: secrets that are left out are the export's.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="draft">What is wanted; null for the export as it is.</param>
    /// <param name="id">The export; null for a new one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidScheduledExportException">Something is wrong already.</exception>
    /// <exception cref="RefusedException">There is no such export.</exception>
    public async Task<DeliveryOutcome> CheckAsync(StreamOwner owner, ScheduledExportDraft? draft, string? id, CancellationToken cancellationToken)
    {
        var export = id is null ? null : await FindAsync(owner, id, cancellationToken);
        var kind = draft?.Kind ?? export?.Kind ?? throw new ArgumentException("Either a draft or an export is to be checked.", nameof(draft));
        var (settings, open) = draft is null
            ? (StoredOf(export!), export!.Settings.Keys)
            : _drafts.Check(draft, export is null ? null : StoredOf(export), export?.Kind) is var done ? (done.All, done.Settings.Keys) : default;
        if (_destinations.Find(kind) is not { } found)
        {
            return new DeliveryOutcome(DeliveryVerdict.Delivered, "Its parts are rendered when somebody downloads them: there is nothing to check.");
        }
        return await _destinations.CheckAsync(found, id ?? "sx_check", owner.TenantId, settings, open, cancellationToken);
    }

    /// <summary>Adds an export; its first run is at its next due time.</summary>
    /// <exception cref="InvalidScheduledExportException">Something is wrong; nothing was added.</exception>
    /// <exception cref="RefusedException">The account has as many as it may.</exception>
    public async Task<AddedExport> AddAsync(StreamOwner owner, ScheduledExportDraft draft, CancellationToken cancellationToken)
    {
        var done = _drafts.Check(draft, null, null);
        var now = WireTime.Truncate(_clock.GetUtcNow());
        var export = new ScheduledExport
        {
            Id = RandomText.NewScheduledExportId(),
            TenantNumber = owner.Tenant,
            Name = "",
            Kind = draft.Kind,
            Schedule = "",
            TimeZone = "",
            Secrets = "",
            State = StreamState.Active,
            StateSince = now,
            CreatedAt = now,
            CreatedBy = owner.By.Subject,
            // From now on, the entry of this very change is the first.
            Reached = draft.Since is { } since
                ? Math.Max(0, await _store.FindRecordedBeforeAsync(owner.Tenant, since, cancellationToken))
                : (await _store.ReadHeadAsync(owner.Tenant, cancellationToken)).Size,
        };
        Apply(export, owner.TenantId, done, now);
        var facts = Facts(export);
        if (draft.Since is { } from)
        {
            facts["since"] = WireTime.Format(from);
        }
        await _entries.AppendAsync(
            owner.Tenant, owner.TenantId, owner.By, "ScheduledExportCreated", Resource(export), facts,
            context =>
            {
                if (context.ScheduledExports.Count(row => row.TenantNumber == owner.Tenant) >= _options.MaxPerTenant)
                {
                    throw new RefusedException($"The account has {_options.MaxPerTenant} scheduled exports, which are the most ({StreamOptions.Section}:{nameof(StreamOptions.MaxPerTenant)}). Remove one first.");
                }
                context.ScheduledExports.Add(export);
            },
            cancellationToken);
        return new AddedExport(export.Id, done.Generated);
    }

    /// <summary>Changes everything but the destination's kind. Secrets that are left out stay. A run that isn't through begins anew with what was changed.</summary>
    /// <exception cref="InvalidScheduledExportException">Something is wrong; nothing was changed.</exception>
    /// <exception cref="RefusedException">There is no such export.</exception>
    public async Task ChangeAsync(StreamOwner owner, string id, ScheduledExportDraft draft, CancellationToken cancellationToken)
    {
        var export = await FindAsync(owner, id, cancellationToken);
        var stored = StoredOf(export);
        var done = _drafts.Check(draft, stored, export.Kind);
        var now = WireTime.Truncate(_clock.GetUtcNow());
        var changed = done.Secrets.Where(pair => stored.GetValueOrDefault(pair.Key) != pair.Value).Select(pair => pair.Key).Order(StringComparer.Ordinal).ToList();
        var isRescheduled = done.Schedule.ToString() != export.Schedule || done.Schedule.ZoneName != export.TimeZone;
        var (next, before) = (export.NextDue, Facts(export));
        Apply(export, owner.TenantId, done, now);
        var facts = Facts(export);
        if (stored.Count == done.Settings.Count + done.Secrets.Count && changed.Count == 0 && StreamService.AreSame(before, facts))
        {
            // Configuration that is applied again and again: a run that isn't through would begin anew each time.
            return;
        }
        if (changed.Count > 0)
        {
            facts["secrets_changed"] = changed;
        }
        await MutateAsync(owner, export, facts, (row, open) =>
        {
            Apply(row, owner.TenantId, done, now);
            // Another name or bucket misses no due time; another schedule counts from now.
            row.NextDue = isRescheduled ? row.NextDue : next;
            if (open is not null)
            {
                (open.Parts, open.Manifest, open.Format, open.NextAttempt) = ([], null, row.Format, null);
            }
        }, cancellationToken);
    }

    /// <summary>Pauses it: nothing runs until it is resumed. What was missed is made up for then.</summary>
    /// <exception cref="RefusedException">There is no such export, or it doesn't run anyway.</exception>
    public async Task PauseAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var export = await FindAsync(owner, id, cancellationToken);
        await MutateAsync(owner, export, StateFacts(export, StreamState.Paused), (row, _) =>
        {
            if (row.State != StreamState.Active)
            {
                throw new RefusedException(row.State == StreamState.Paused ? "It is paused already." : $"It has stopped already ({StreamStops.Name(row.State)}): it runs no more until it is resumed.");
            }
            (row.State, row.StateReason, row.StateSince) = (StreamState.Paused, "Somebody paused it. Resume it, and what was missed is made up for.", _clock.GetUtcNow());
        }, cancellationToken);
    }

    /// <summary>Lets it run again; a run that failed is tried at once.</summary>
    /// <exception cref="RefusedException">There is no such export.</exception>
    public async Task ResumeAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var export = await FindAsync(owner, id, cancellationToken);
        if (export.State == StreamState.Active)
        {
            await TryNowAsync(export.Id, cancellationToken);
            return;
        }
        await MutateAsync(owner, export, StateFacts(export, StreamState.Active), (row, open) =>
        {
            (row.State, row.StateReason, row.StateSince) = (StreamState.Active, null, _clock.GetUtcNow());
            if (open is not null)
            {
                (open.NextAttempt, open.FirstFailure, open.Failures) = (null, null, 0);
            }
        }, cancellationToken);
    }

    /// <summary>Makes a run now, of what was recorded since the last one; or tries the one again that isn't through.</summary>
    /// <returns>Whether it is a run of its own; false where one that was due is tried at once.</returns>
    /// <exception cref="RefusedException">There is no such export, it is paused or has stopped, or its last run is of this very second.</exception>
    public async Task<bool> RunNowAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var export = await FindAsync(owner, id, cancellationToken);
        if (export.State != StreamState.Active)
        {
            throw new RefusedException("It doesn't run now: resume it first.");
        }
        using (await _turns.SuspendAsync(export.Id, cancellationToken))
        {
            var due = DateTimeOffset.FromUnixTimeSeconds(_clock.GetUtcNow().ToUnixTimeSeconds());
            await using (var context = await _contexts.CreateDbContextAsync(cancellationToken))
            {
                var row = await context.ScheduledExports.SingleOrDefaultAsync(found => found.Id == id, cancellationToken) ?? throw Missing();
                if (row.NextDue <= due || await context.ScheduledExportRuns.AnyAsync(run => run.ExportId == id && run.State != RunState.Done, cancellationToken))
                {
                    await context.ScheduledExportRuns.Where(run => run.ExportId == id && run.State != RunState.Done).ForEachAsync(run => run.NextAttempt = null, cancellationToken);
                    await context.SaveChangesAsync(cancellationToken);
                    return false;
                }
                if (await context.ScheduledExportRuns.AnyAsync(run => run.ExportId == id && run.Due >= due, cancellationToken))
                {
                    throw new RefusedException("It ran this very second. Try again in a moment.");
                }
                export = row;
            }
            export.Tenant = await TenantAsync(owner.Tenant, cancellationToken);
            await _runner.AddAsync(export, due, 1, isManual: true, export.NextDue, cancellationToken);
            return true;
        }
    }

    /// <summary>Removes it with the list of its runs. What it wrote stays where it is.</summary>
    /// <exception cref="RefusedException">There is no such export.</exception>
    public async Task DeleteAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var export = await FindAsync(owner, id, cancellationToken);
        using (await _turns.SuspendAsync(export.Id, cancellationToken))
        {
            await _entries.AppendAsync(
                owner.Tenant, owner.TenantId, owner.By, "ScheduledExportDeleted", Resource(export), Facts(export),
                context =>
                {
                    context.ScheduledExportRuns.Where(run => run.ExportId == id).ExecuteDelete();
                    if (context.ScheduledExports.Where(row => row.Id == id && row.TenantNumber == owner.Tenant).ExecuteDelete() == 0)
                    {
                        throw Missing();
                    }
                },
                cancellationToken);
        }
    }

    private async Task<StreamOwner> EnterAsync(Permission permission, string userId, string? tenantSlug, Client client, CancellationToken cancellationToken)
    {
        var member = await _directory.RequireAsync(userId, tenantSlug, permission, cancellationToken);
        return new StreamOwner(member.Tenant, member.TenantId, Acting.As(member, client));
    }

    private static RefusedException Missing() => new(Unknown);

    private static Resource Resource(ScheduledExport export) => new(ScheduledExportStops.EntityType, export.Id, Name: export.Name);

    private static Dictionary<string, object?> StateFacts(ScheduledExport export, StreamState state) =>
        new() { ["name"] = export.Name, ["state"] = StreamStops.Name(state), ["previous_state"] = StreamStops.Name(export.State) };

    private static Dictionary<string, object?> Facts(ScheduledExport export) => new()
    {
        ["name"] = export.Name,
        ["destination"] = export.Kind,
        ["format"] = export.Format.ToString().ToLowerInvariant(),
        ["filter"] = export.Filter.Facts(),
        ["schedule"] = export.Schedule,
        ["time_zone"] = export.TimeZone,
        ["rows_per_part"] = export.RowsPerPart,
        ["settings"] = export.Settings,
    };

    private void Apply(ScheduledExport export, Guid tenantId, CheckedExport done, DateTimeOffset now)
    {
        (export.Name, export.Format, export.Filter) = (done.Draft.Name, done.Draft.Format, done.Draft.Filter);
        (export.Schedule, export.TimeZone, export.NextDue) = (done.Schedule.ToString(), done.Schedule.ZoneName, done.Schedule.After(now));
        (export.RowsPerPart, export.Settings) = (done.Draft.RowsPerPart ?? ScheduledExportDrafts.DefaultRows, done.Settings);
        export.Secrets = _secrets.Protect(tenantId, export.Id, done.Secrets);
        export.ChangedAt = now;
    }

    private async Task<ScheduledExport> FindAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await context.ScheduledExports.AsNoTracking().Include(row => row.Tenant)
            .SingleOrDefaultAsync(row => row.Id == id && row.TenantNumber == owner.Tenant, cancellationToken) ?? throw Missing();
    }

    private async Task<Tenants.Tenant> TenantAsync(int number, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await context.Tenants.AsNoTracking().SingleAsync(tenant => tenant.Number == number, cancellationToken);
    }

    private Dictionary<string, string> StoredOf(ScheduledExport export)
    {
        try
        {
            return _destinations.SettingsOf(export);
        }
        catch (CryptographicException)
        {
            // The keys are gone: all secrets have to be entered again.
            return new Dictionary<string, string>(export.Settings, StringComparer.Ordinal);
        }
    }

    private async Task TryNowAsync(string id, CancellationToken cancellationToken)
    {
        using (await _turns.SuspendAsync(id, cancellationToken))
        {
            await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
            await context.ScheduledExportRuns.Where(run => run.ExportId == id && run.State != RunState.Done).ForEachAsync(run => run.NextAttempt = null, cancellationToken);
            await context.SaveChangesAsync(cancellationToken);
        }
    }

    private async Task MutateAsync(
        StreamOwner owner, ScheduledExport export, Dictionary<string, object?> facts, Action<ScheduledExport, ScheduledExportRun?> change, CancellationToken cancellationToken)
    {
        using (await _turns.SuspendAsync(export.Id, cancellationToken))
        {
            await _entries.AppendAsync(
                owner.Tenant, owner.TenantId, owner.By, "ScheduledExportChanged", Resource(export), facts,
                context => change(
                    context.ScheduledExports.SingleOrDefault(row => row.Id == export.Id && row.TenantNumber == owner.Tenant) ?? throw Missing(),
                    context.ScheduledExportRuns.SingleOrDefault(run => run.ExportId == export.Id && run.State != RunState.Done)),
                cancellationToken);
        }
    }
}
