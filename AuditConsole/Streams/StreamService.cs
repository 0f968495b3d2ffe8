using System.Globalization;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams;

/// <summary>
/// Sets up streams and says how they go: for the page, the command line and the API alike. Each change is one transaction
/// with its entry in the tenant's log; deliveries of the stream rest meanwhile.
/// </summary>
public sealed partial class StreamService
{
    /// <summary>How long a secret that was replaced still signs, where nothing else is asked.</summary>
    public static readonly TimeSpan DefaultOverlap = TimeSpan.FromHours(24);

    /// <summary>What is said where there is no such stream.</summary>
    internal const string Unknown = "There is no such stream. Look again.";

    private static readonly TimeSpan MostOverlap = TimeSpan.FromDays(7);

    private readonly IDbContextFactory<ConsoleDbContext> _contexts;
    private readonly IEntryStore _store;
    private readonly Retention.ReadScopes _scopes;
    private readonly IMemberDirectory _directory;
    private readonly ServiceEntries _entries;
    private readonly DestinationKinds _kinds;
    private readonly StreamDrafts _drafts;
    private readonly StreamSecrets _secrets;
    private readonly StreamSetups _setups;
    private readonly StreamEngine _engine;
    private readonly StreamReading _reading;
    private readonly StreamResending _resending;
    private readonly StreamOptions _options;
    private readonly TimeProvider _clock;

    internal StreamService(IServiceProvider services)
    {
        _contexts = services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>();
        _store = services.GetRequiredService<IEntryStore>();
        _scopes = services.GetRequiredService<Retention.ReadScopes>();
        _directory = services.GetRequiredService<IMemberDirectory>();
        _entries = services.GetRequiredService<ServiceEntries>();
        _kinds = services.GetRequiredService<DestinationKinds>();
        _drafts = services.GetRequiredService<StreamDrafts>();
        _secrets = services.GetRequiredService<StreamSecrets>();
        _setups = services.GetRequiredService<StreamSetups>();
        _engine = services.GetRequiredService<StreamEngine>();
        _reading = services.GetRequiredService<StreamReading>();
        _resending = services.GetRequiredService<StreamResending>();
        _options = services.GetRequiredService<IOptions<StreamOptions>>().Value;
        _clock = services.GetRequiredService<TimeProvider>();
    }

    /// <summary>The kinds that checkpoints can go to: those with buckets.</summary>
    public IReadOnlyList<IDestinationKind> KindsForCheckpoints => _kinds.ForCheckpoints;

    /// <summary>The kinds that there are, in the order in which they are offered; webhooks among them.</summary>
    public IReadOnlyList<IDestinationKind> Kinds => _kinds.All;

    /// <summary>The formats of a kind; the first is the default.</summary>
    public IReadOnlyList<StreamFormat> FormatsOf(IDestinationKind kind) => _kinds.FormatsOf(kind);

    /// <summary>Lets a member in. To be asked before every call: roles change.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<StreamOwner> EnterAsync(string userId, string? tenantSlug, Client client, CancellationToken cancellationToken)
    {
        var member = await _directory.RequireAsync(userId, tenantSlug, Permission.ManageStreams, cancellationToken);
        return new StreamOwner(member.Tenant, member.TenantId, Acting.As(member, client)) { IsPortal = member.Portal is not null };
    }

    /// <summary>The tenant's streams, by name.</summary>
    public async Task<IReadOnlyList<StreamView>> ListAsync(StreamOwner owner, CancellationToken cancellationToken) =>
        [.. (await _reading.ListAsync(owner.Tenant, cancellationToken)).Where(view => !owner.IsPortal || IsOfPortal(view.CreatedById))];

    /// <summary>One of them.</summary>
    /// <exception cref="RefusedException">There is no such stream.</exception>
    public async Task<StreamView> GetAsync(StreamOwner owner, string id, CancellationToken cancellationToken) =>
        await _reading.GetAsync(owner.Tenant, (await FindAsync(owner, id, cancellationToken)).Id, cancellationToken);

    /// <summary>What has to be set up at its other side, ready to be copied: without secrets, but made from them, as the public half of a key.</summary>
    /// <exception cref="RefusedException">There is no such stream.</exception>
    public async Task<IReadOnlyList<SetupText>> SetupTextsAsync(StreamOwner owner, string id, CancellationToken cancellationToken)
    {
        var stream = await FindAsync(owner, id, cancellationToken);
        return (_kinds.Of(stream) as ISetupGuide)?.SetupTexts(new DestinationSettings(StoredOf(stream))) ?? [];
    }

    /// <summary>Its attempts, the newest first.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="id">The stream.</param>
    /// <param name="failedOnly">Without those that worked.</param>
    /// <param name="before">Older than this attempt; null for the newest.</param>
    /// <param name="limit">The most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RefusedException">There is no such stream.</exception>
    public async Task<IReadOnlyList<StreamAttempt>> AttemptsAsync(
        StreamOwner owner, string id, bool failedOnly, long? before, int limit, CancellationToken cancellationToken) =>
        await _reading.AttemptsAsync(owner.Tenant, (await FindAsync(owner, id, cancellationToken)).Id, failedOnly, before, limit, cancellationToken);

    /// <summary>Its dead letters, the newest first; those that were delivered after all come last.</summary>
    /// <exception cref="RefusedException">There is no such stream.</exception>
    public async Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(StreamOwner owner, string id, int offset, int limit, CancellationToken cancellationToken) =>
        await _reading.DeadLettersAsync(owner.Tenant, (await FindAsync(owner, id, cancellationToken)).Id, offset, limit, cancellationToken);

    /// <summary>Sends dead letters again, one after the other, up to <see cref="StreamResending.MostAtOnce"/>.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="id">The stream.</param>
    /// <param name="letters">Which, by <see cref="DeadLetter.Id"/>; null for the oldest that wait.</param>
    /// <param name="cancellationToken">Ends it between two.</param>
    /// <exception cref="RefusedException">There is no such stream, or it can't be opened.</exception>
    public async Task<IReadOnlyList<Redelivery>> SendAgainAsync(StreamOwner owner, string id, IReadOnlyList<long>? letters, CancellationToken cancellationToken) =>
        await _resending.SendLettersAsync(await FindOfEntriesAsync(owner, id, cancellationToken), letters, cancellationToken);

    /// <summary>Delivers entries again now, each by itself, up to <see cref="StreamResending.MostAtOnce"/>, under the ids that they had.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="id">The stream.</param>
    /// <param name="first">The sequence of the first entry.</param>
    /// <param name="last">The sequence of the last entry.</param>
    /// <param name="cancellationToken">Ends it between two.</param>
    /// <returns>What became of those that the stream's filter takes; it ends at the first that fails.</returns>
    /// <exception cref="RefusedException">There is no such stream, the range is none or too long, or it can't be opened.</exception>
    public async Task<IReadOnlyList<Redelivery>> RedeliverAsync(StreamOwner owner, string id, long first, long last, CancellationToken cancellationToken) =>
        await _resending.SendRangeAsync(await FindOfEntriesAsync(owner, id, cancellationToken), first, last, cancellationToken);

    /// <summary>Tries the settings of a draft without keeping them: secrets that are left out are the stream's.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="draft">What is wanted; null for the stream as it is.</param>
    /// <param name="id">The stream; null for a new one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidStreamException">Something is wrong already.</exception>
    /// <exception cref="RefusedException">There is no such stream.</exception>
    public async Task<DeliveryOutcome> CheckAsync(StreamOwner owner, StreamDraft? draft, string? id, CancellationToken cancellationToken)
    {
        if (draft is null && id is null)
        {
            throw new ArgumentException("Either a draft or a stream is to be checked.", nameof(draft));
        }
        var stream = id is null ? null : await FindAsync(owner, id, cancellationToken);
        if (draft is null)
        {
            return await _resending.CheckAsync(stream!, cancellationToken);
        }
        var done = _drafts.Check(draft, stream is null ? null : StoredOf(stream), stream);
        return await _resending.CheckAsync(id ?? "str_check", owner.TenantId, done, cancellationToken);
    }

    /// <summary>Adds a stream; it begins at once, with the entries that come from now on.</summary>
    /// <exception cref="InvalidStreamException">Something is wrong; nothing was added.</exception>
    /// <exception cref="RefusedException">The account has as many as it may.</exception>
    public async Task<AddedStream> AddAsync(StreamOwner owner, StreamDraft draft, CancellationToken cancellationToken)
    {
        var done = _drafts.Check(draft, null, null);
        var now = WireTime.Truncate(_clock.GetUtcNow());
        var stream = new LogStream
        {
            Id = RandomText.NewStreamId(),
            TenantNumber = owner.Tenant,
            Name = done.Name,
            Kind = done.Kind.Name,
            Purpose = done.Purpose,
            Secrets = "",
            State = StreamState.Active,
            StateSince = now,
            CreatedAt = now,
            CreatedBy = owner.By.Subject,
        };
        Apply(stream, owner.TenantId, done, now);
        // What is recorded between here and the commit is sent too, the entry of this very change among it.
        // Of checkpoints, the newest tells of everything: it goes at once.
        var isCheckpoints = done.Purpose == StreamPurpose.Checkpoints;
        if (isCheckpoints && owner.IsPortal)
        {
            throw new RefusedException("This link sets up a stream of entries. Checkpoints are sent to a bucket by an Admin.");
        }
        var size = isCheckpoints ? 0 : (await _store.ReadHeadAsync(owner.Tenant, cancellationToken)).Size;
        var facts = Facts(stream);
        if (draft.Since is { } since)
        {
            facts["since"] = WireTime.Format(since);
        }
        await using (await _engine.SuspendAsync(stream.Id, cancellationToken))
        {
            await _entries.AppendAsync(
                owner.Tenant, owner.TenantId, owner.By, "StreamCreated", Resource(stream), facts,
                context =>
                {
                    if (context.Streams.Count(row => row.TenantNumber == owner.Tenant) >= _options.MaxPerTenant)
                    {
                        throw new RefusedException($"The account has {_options.MaxPerTenant} streams, which are the most ({StreamOptions.Section}:{nameof(StreamOptions.MaxPerTenant)}). Delete one first.");
                    }
                    if (owner.IsPortal && context.Streams.Where(row => row.TenantNumber == owner.Tenant).Select(row => row.CreatedBy).AsEnumerable().Any(IsOfPortal))
                    {
                        throw new RefusedException("The stream is set up already. Change that one, or delete it first.");
                    }
                    context.Streams.Add(stream);
                    context.StreamLanes.Add(new StreamLane { StreamId = stream.Id, Kind = LaneKind.Live, Cursor = size, StartedAt = now });
                    if (draft.Since is { } from)
                    {
                        context.StreamLanes.Add(ReplayLane(stream.Id, from, size, now));
                    }
                },
                cancellationToken);
        }
        return new AddedStream(stream.Id, done.Generated);
    }

    /// <summary>Changes name, format, filter, redactions and settings. Secrets that are left out stay. Where all of it is as it was, nothing is done.</summary>
    /// <exception cref="InvalidStreamException">Something is wrong; nothing was changed.</exception>
    /// <exception cref="RefusedException">There is no such stream.</exception>
    public async Task ChangeAsync(StreamOwner owner, string id, StreamDraft draft, CancellationToken cancellationToken)
    {
        var stream = await FindAsync(owner, id, cancellationToken);
        var stored = StoredOf(stream);
        var done = _drafts.Check(draft, stored, stream);
        var now = WireTime.Truncate(_clock.GetUtcNow());
        var changed = done.Secrets.Where(pair => stored.GetValueOrDefault(pair.Key) != pair.Value).Select(pair => pair.Key).Order(StringComparer.Ordinal).ToList();
        var (before, isReadable) = (Facts(stream), _setups.Of(stream).Setup is not null);
        Apply(stream, owner.TenantId, done, now);
        var facts = Facts(stream);
        if (isReadable && stored.Count == done.Settings.Count + done.Secrets.Count && changed.Count == 0 && AreSame(before, facts))
        {
            // Configuration that is applied again and again: an entry would tell nothing.
            return;
        }
        if (changed.Count > 0)
        {
            facts["secrets_changed"] = changed;
        }
        await MutateAsync(owner, stream, facts, (row, lanes) =>
        {
            Apply(row, owner.TenantId, done, now);
            foreach (var lane in lanes)
            {
                // The range under way was of the old settings: what comes next is read anew behind the cursor.
                (lane.FlightFirst, lane.FlightLast, lane.NextAttempt) = (null, null, null);
            }
        }, cancellationToken);
    }

    /// <summary>Replaces a secret that the service makes; the old one signs too until the overlap ends.</summary>
    /// <returns>The new secret, shown this once.</returns>
    /// <exception cref="RefusedException">There is no such stream, or nothing of it is made by the service.</exception>
    public async Task<string> RotateAsync(StreamOwner owner, string id, TimeSpan? overlap, CancellationToken cancellationToken)
    {
        var stream = await FindAsync(owner, id, cancellationToken);
        var field = _kinds.Find(stream.Kind)?.Fields.FirstOrDefault(one => one is { IsSecret: true, Generate: not null })
            ?? throw new RefusedException("No secret of this stream is made here. Change its settings instead.");
        var kept = overlap ?? DefaultOverlap;
        if (kept < TimeSpan.Zero || kept > MostOverlap)
        {
            throw new RefusedException($"The old secret can stay valid for up to {MostOverlap.TotalDays:0} days.");
        }
        var secrets = _secrets.Unprotect(owner.TenantId, stream.Id, stream.Secrets);
        var (fresh, until) = (field.Generate!(), _clock.GetUtcNow() + kept);
        if (kept > TimeSpan.Zero)
        {
            secrets[$"{StreamSetups.Previous}{field.Name}"] = secrets[field.Name];
            secrets[$"{StreamSetups.Previous}{field.Name}{StreamSetups.Until}"] = until.ToString("O", CultureInfo.InvariantCulture);
        }
        else
        {
            secrets.Remove($"{StreamSetups.Previous}{field.Name}");
            secrets.Remove($"{StreamSetups.Previous}{field.Name}{StreamSetups.Until}");
        }
        secrets[field.Name] = fresh;
        var encrypted = _secrets.Protect(owner.TenantId, stream.Id, secrets);
        await MutateAsync(
            owner, stream,
            new() { ["name"] = stream.Name, ["kind"] = stream.Kind, ["rotated"] = field.Name, ["previous_valid_until"] = WireTime.Format(WireTime.Truncate(until)) },
            (row, _) => (row.Secrets, row.ChangedAt) = (encrypted, _clock.GetUtcNow()), cancellationToken);
        return fresh;
    }

    /// <summary>Whether two descriptions say the same.</summary>
    internal static bool AreSame(Dictionary<string, object?> one, Dictionary<string, object?> other) => JsonSerializer.Serialize(one) == JsonSerializer.Serialize(other);

    private static bool IsOfPortal(string createdBy) => createdBy.StartsWith($"portal:{Portal.PortalSession.IdPrefix}", StringComparison.Ordinal);

    private static StreamLane ReplayLane(string id, DateTimeOffset? from, long until, DateTimeOffset now) =>
        new() { StreamId = id, Kind = LaneKind.Replay, Cursor = 0, Until = until, From = from, StartedAt = now };

    private void Apply(LogStream stream, Guid tenantId, CheckedDraft done, DateTimeOffset now)
    {
        (stream.Name, stream.Format, stream.Redactions, stream.Settings) = (done.Name, done.Format, done.Redactions, done.Settings);
        (stream.EntityType, stream.Actions, stream.Slug) = (done.Filter.EntityType, done.Filter.Actions, done.Filter.Slug);
        (stream.Actor, stream.Ip, stream.Target) = (done.Filter.Actor, done.Filter.Ip, done.Filter.Target);
        stream.Secrets = _secrets.Protect(tenantId, stream.Id, done.Secrets);
        stream.ChangedAt = now;
    }

    private static Resource Resource(LogStream stream) => new(StreamStops.EntityType, stream.Id, Name: stream.Name);

    private static Dictionary<string, object?> Facts(LogStream stream) => new()
    {
        ["name"] = stream.Name,
        ["kind"] = stream.Kind,
        ["purpose"] = StreamJson.NameOf(stream.Purpose),
        ["format"] = stream.Format.ToString().ToLowerInvariant(),
        ["filter"] = StreamFilter.Of(stream).Facts(),
        ["redactions"] = stream.Redactions,
        ["settings"] = stream.Settings,
    };
}
