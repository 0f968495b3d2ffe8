using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Holds;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Redaction;
using AuditConsole.Retention;
using AuditConsole.Sealing;
using AuditConsole.Storage;
using AuditConsole.Tests.Holds;
using AuditConsole.Tests.Ingest;
using AuditConsole.Withholding;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Evidence;

/// <summary>An export that somebody keeps, and the entries that stood in it.</summary>
internal sealed record KeptExport(string Format, string File, Guid Id, IReadOnlyList<ModelEntry> Rows, string Filter);

/// <summary>
/// A tenant's log of a served application to which things happen in a random order: entries arrive, late ones and from
/// a file too, are sealed, held, withheld, expire and are purged. Beside it a plain list of what should have come of it.
/// </summary>
internal sealed class LivedLog : IDisposable
{
    private const int Days = 10;

    private readonly ServedEvidence _served;
    private readonly Random _random;
    private readonly Producer _producer;
    private readonly LogModel _model;
    private readonly Dictionary<long, IReadOnlyList<EntryHash>> _sealed = [];
    private readonly HashSet<EntryHash> _destroyed = [];
    private int _made;

    private LivedLog(ServedEvidence served, int seed, Producer producer)
    {
        (_served, _random, _producer) = (served, new Random(seed), producer);
        _model = new LogModel(served.Clock.Now);
    }

    public AuditConsole.Tenants.Tenant Tenant => _producer.Tenant;

    public TestUser Admin { get; private set; } = default!;

    public List<KeptExport> Exports { get; } = [];

    public List<string> Checkpoints { get; } = [];

    public LogModel Model => _model;

    /// <summary>What happened, for whoever reads a failure.</summary>
    public List<string> Story { get; } = [];

    private T Service<T>() where T : notnull => _served.Services.GetRequiredService<T>();

    public static async Task<LivedLog> CreateAsync(ServedEvidence served, int seed)
    {
        var producer = await Producer.CreateAsync(served.Console);
        await using (var context = await served.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync())
        {
            var tenant = await context.Tenants.SingleAsync(row => row.Number == producer.Tenant.Number);
            (tenant.RetentionDays, tenant.AppliedRetention) = (Days, RetentionPeriod.OfDays(Days).ToString());
            await context.SaveChangesAsync();
        }
        var log = new LivedLog(served, seed, producer) { Admin = await served.Console.AddUserAsync(producer.Tenant, Role.Admin) };
        foreach (var (name, path) in new[] { ("who", "/metadata/user"), ("why", "/reasoning") })
        {
            await log.Service<RedactionService>().AddAsync(
                log.Admin.Id, producer.Tenant.Slug, new RuleDraft(name, RuleKind.Path, path, RuleAct.Seal), Client.Unknown, default);
        }
        await log.AppendAsync();
        await log.FollowAsync();
        return log;
    }

    public void Dispose() => _producer.Dispose();

    public async Task LiveAsync(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            await StepAsync();
            await FollowAsync();
        }
    }

    /// <summary>Entries that are readable now: neither expired nor purged.</summary>
    public HashSet<long> Readable() => [.. _model.Readable().Select(entry => entry.Sequence)];

    /// <summary>What must be left of the sealed values, and what must be gone.</summary>
    public async Task AssertSealedAsync()
    {
        foreach (var (sequence, commitments) in _sealed)
        {
            var entry = _model.Entries[(int)sequence - 1];
            var kept = await Service<ISealedStore>().ListSealedAsync(Tenant.Number, sequence, default);
            var expected = entry.IsPurged || entry.IsWithheld ? [] : commitments.Where(commitment => !_destroyed.Contains(commitment));
            Assert.Equal(expected.Select(hash => hash.ToString()).Order(), kept.Select(value => value.Commitment.ToString()).Order());
        }
    }

    /// <summary>The encrypted values that are kept now.</summary>
    public async Task<List<byte[]>> ReadSealedAsync()
    {
        var values = new List<byte[]>();
        foreach (var sequence in _sealed.Keys)
        {
            values.AddRange((await Service<ISealedStore>().ListSealedAsync(Tenant.Number, sequence, default)).Select(value => value.Value));
        }
        return values;
    }

    public int SealedEntries => _sealed.Count;

    private async Task StepAsync()
    {
        switch (_random.Next(14))
        {
            case < 3:
                await AppendAsync();
                break;
            case 3:
                await ImportAsync();
                break;
            case 4:
                await HoldAsync();
                break;
            case 5 when _model.Holds.Count > 0:
                await LiftAsync();
                break;
            case 6 or 7:
                await WithholdAsync();
                break;
            case 8:
                await DestroyAsync();
                break;
            case 9:
                _served.Clock.Advance(TimeSpan.FromHours(_random.Next(20, 70)));
                Story.Add($"until {_served.Clock.Now:O}");
                break;
            case 10:
                Follow(_served.Clock.Now);
                _model.Purge();
                await Service<PurgeService>().PurgeAsync(default);
                Story.Add("purge");
                break;
            case 11:
                Checkpoints.Add(await _served.CheckpointAsync(Tenant));
                Story.Add("checkpoint");
                break;
            default:
                await ExportAsync();
                break;
        }
    }

    private async Task AppendAsync()
    {
        var answer = await _producer.SendAsync(new JsonArray([.. Enumerable.Range(0, _random.Next(1, 8)).Select(_ => Entry())]).ToJsonString());
        Assert.True(answer.Status == 201, answer.Body);
        Story.Add($"append {answer.Places.Length}");
    }

    private async Task ImportAsync()
    {
        var lines = Enumerable.Range(0, _random.Next(1, 8)).Select(_ => Entry().ToJsonString() + "\n");
        using var file = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Concat(lines)));
        var result = await Service<ImportService>().ImportAsync(Tenant, file, skipExpired: false, _ => Task.CompletedTask, default);
        Assert.Empty(result.Problems);
        Story.Add($"import {result.Appended}");
    }

    // Some say what others say in the same millisecond, so that their rows differ in the details alone, or in nothing.
    private JsonObject Entry()
    {
        var number = _random.Next(3) == 0 ? _made : ++_made;
        var of = new Random(number);
        var age = TimeSpan.FromHours(of.Next(0, Days * 23));
        var entry = new JsonObject
        {
            ["action"] = of.Next(2) == 0 ? "RulePublished" : "RuleArchived",
            ["actor"] = of.Next(2) == 0
                ? new JsonObject { ["type"] = "user", ["id"] = $"usr_{of.Next(3)}" }
                : new JsonObject { ["type"] = "api_key", ["id"] = $"key_{of.Next(2)}", ["name"] = $"=ci-{of.Next(2)}" },
            ["target"] = new JsonObject { ["type"] = "Rule", ["id"] = "rul_1", ["slug"] = $"rule-{of.Next(4)}" },
            ["occurred_at"] = WireTime.Format(_served.Clock.Now - age),
            ["metadata"] = new JsonObject { ["n"] = _random.Next(3) },
        };
        if (of.Next(3) > 0)
        {
            entry["ip"] = $"203.0.113.{of.Next(2)}";
        }
        if (of.Next(3) == 0)
        {
            entry["targets"] = new JsonArray(new JsonObject { ["type"] = "Profile", ["id"] = $"rule-{of.Next(4)}" });
        }
        if (_random.Next(3) == 0)
        {
            entry["metadata"]!["user"] = new JsonObject { ["ssn"] = $"{number}-45-6789" };
        }
        if (_random.Next(5) == 0)
        {
            entry["reasoning"] = $"Because of {number}.";
        }
        if (_random.Next(6) == 0)
        {
            entry["metadata"]!["url"] = "https://ci:hunter2@example.com/";
        }
        return entry;
    }

    private (string Name, string Value)[] Filter(out string? slug, out string? actor, out string? ip)
    {
        slug = _random.Next(3) == 0 ? $"rule-{_random.Next(4)}" : null;
        actor = _random.Next(5) == 0 ? $"usr_{_random.Next(3)}" : null;
        ip = _random.Next(5) == 0 ? "203.0.113.1" : null;
        (string Name, string? Value)[] all = [("slug", slug), ("actor", actor), ("ip", ip)];
        return [.. all.Where(pair => pair.Value is not null).Select(pair => (pair.Name, pair.Value!))];
    }

    private async Task HoldAsync()
    {
        var filter = Filter(out var slug, out var actor, out var ip);
        var id = await Service<HoldService>().PlaceAsync(
            Admin.Id, Tenant.Slug, "Case", "Dispute", new HoldFilter { Slug = slug, Actor = actor, Ip = ip }, Client.Unknown, default);
        await using var context = await Service<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
        _model.Holds.Add(await context.Holds.AsNoTracking().SingleAsync(hold => hold.Id == id));
        Story.Add($"hold {string.Join(' ', filter)}");
    }

    private async Task LiftAsync()
    {
        var hold = _model.Holds[_random.Next(_model.Holds.Count)];
        await Service<HoldService>().LiftAsync(Admin.Id, Tenant.Slug, hold.Id, "Settled", Client.Unknown, default);
        _model.Holds.Remove(hold);
        Story.Add("lift");
    }

    private async Task WithholdAsync()
    {
        var candidates = _model.Readable().Where(entry => !entry.IsWithheld && !_model.IsHeld(entry) && entry.Content.Target.Type == "Rule").ToList();
        if (candidates.Count == 0)
        {
            return;
        }
        var entry = candidates[_random.Next(candidates.Count)];
        await Service<WithholdingService>().WithholdAsync(Admin.Id, Tenant.Slug, entry.Sequence, "Erasure request", Client.Unknown, default);
        entry.IsWithheld = true;
        Story.Add($"withhold #{entry.Sequence}");
    }

    private async Task DestroyAsync()
    {
        var readable = Readable();
        var candidates = _sealed.Where(pair => readable.Contains(pair.Key) && _model.Entries[(int)pair.Key - 1] is { IsWithheld: false } entry && !_model.IsHeld(entry))
            .SelectMany(pair => pair.Value.Select(commitment => (pair.Key, commitment))).Where(pair => !_destroyed.Contains(pair.commitment)).ToList();
        if (candidates.Count == 0)
        {
            return;
        }
        var (sequence, value) = candidates[_random.Next(candidates.Count)];
        var values = Service<SealedValueService>();
        await values.OpenAsync(Admin.Id, Tenant.Slug, sequence, value, "Look", Client.Unknown, default);
        await values.DestroyAsync(Admin.Id, Tenant.Slug, sequence, value, "Erasure request", Client.Unknown, default);
        _destroyed.Add(value);
        Story.Add($"destroy a value of #{sequence}");
    }

    private async Task ExportAsync()
    {
        Follow(_served.Clock.Now);
        var format = _random.Next(2) == 0 ? "csv" : "json";
        var filter = Filter(out var slug, out var actor, out var ip);
        var rows = _model.Readable().Where(entry => entry.Matches(new EntryFilter { Scope = default, Target = slug, Actor = actor, Ip = ip })).ToList();
        var (file, id) = await _served.ExportAsync(Tenant, Admin, format, filter);
        Exports.Add(new KeptExport(format, file, id, rows, string.Join(' ', filter)));
        Story.Add($"{format} {string.Join(' ', filter)}: {rows.Count} rows");
    }

    private void Follow(DateTimeOffset now) => _model.Cutoff = RetentionPeriod.OfDays(Days).CutoffAt(now);

    // What the log holds by now, the service's own entries included.
    private async Task FollowAsync()
    {
        Follow(_served.Clock.Now);
        var scope = new ReadScope(Tenant.Number, Tenant.Id, DateTimeOffset.UnixEpoch);
        while (await _producer.Store.FindAsync(scope, _model.Entries.Count + 1L, default) is { } entry)
        {
            _model.Entries.Add(new ModelEntry(entry.Sequence, entry.Content, entry.OccurredAt));
            if (SealedMarks.In(entry.Content) is { Count: > 0 } commitments && entry.Content.Target.Type == "Rule")
            {
                _sealed[entry.Sequence] = commitments;
            }
        }
    }
}
