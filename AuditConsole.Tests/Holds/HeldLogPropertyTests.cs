using System.Net;
using AuditConsole.Core;
using AuditConsole.Holds;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using AuditConsole.Tests.Withholding;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Holds;

/// <summary>
/// Appends, late ones and imports, holds placed and lifted, withholdings, changes of the retention and purges in every
/// order, against a plain list: what can be read, what a purge deletes, what is refused; and the chain always holds.
/// </summary>
public sealed class HeldLogPropertyTests(TestStorage storage) : IClassFixture<TestStorage>
{
    [Fact]
    public void Whatever_is_held_withheld_and_purged_the_log_reads_as_a_plain_list_and_verifies() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(Steps.Arbitrary, RunAsync));

    private async Task RunAsync(Steps steps)
    {
        var tenant = await storage.AddTenantAsync();
        var model = new LogModel(WireTime.Truncate(storage.Clock.Now));
        foreach (var step in steps.All)
        {
            await TakeAsync(tenant, step, model);
            await CompareAsync(tenant, step.Filter, model);
        }
    }

    private async Task TakeAsync(int tenant, Step step, LogModel model)
    {
        switch (step.Kind)
        {
            case StepKind.Append:
                var entries = step.Entries.Select(entry => entry.ToEntry(model.Start)).ToArray();
                await storage.Store.AppendAsync(TestEntries.Request(tenant, entries) with { RecordedBy = step.Number % 2 == 0 ? "key:key_1" : "import:old.ndjson" }, default);
                model.Append(entries);
                break;
            case StepKind.Retention:
                model.Cutoff = model.Start.AddMilliseconds(step.Number % 8);
                break;
            case StepKind.Hold:
                var hold = HoldOf(tenant, step, model);
                await ChangeAsync(tenant, model, ServiceActions.HoldPlaced, hold, context => context.Holds.Add(hold));
                model.Holds.Add(hold);
                break;
            case StepKind.Lift when model.Holds.Count > 0:
                var lifted = model.Holds[step.Number % model.Holds.Count];
                await ChangeAsync(tenant, model, ServiceActions.HoldLifted, lifted, context => context.Holds.Single(row => row.Id == lifted.Id).LiftedAt = model.Start);
                model.Holds.Remove(lifted);
                break;
            case StepKind.Withhold when model.Readable().ToList() is { Count: > 0 } readable:
                await WithholdAsync(tenant, readable[step.Number % readable.Count], model);
                break;
            case StepKind.Purge:
                var expected = model.Purge();
                Assert.Equal(expected, Sequences(await storage.Store.FindExpiredAsync(tenant, model.Cutoff, default)));
                Assert.Null(await new PurgeRecords(storage.Store).FindDisagreementAsync(tenant, TestEntries.IdOf(tenant), default));
                Assert.Equal(expected, Sequences(await storage.Store.PurgeAsync(tenant, model.Cutoff, default)));
                // Otherwise as if a kill stood between: the next one records both.
                if (step.Number % 3 > 0)
                {
                    await RecordAsync(tenant, model);
                }
                break;
        }
    }

    private async Task RecordAsync(int tenant, LogModel model)
    {
        await using var context = await storage.Contexts.CreateDbContextAsync();
        await storage.Services.GetRequiredService<PurgeService>().RecordAsync(context.Tenants.Single(row => row.Number == tenant), model.Cutoff, unexplained: null);
        if (await storage.Store.FindAsync(TestEntries.Scope(tenant), model.Entries.Count + 1L, default) is { } record)
        {
            model.Append(record.Content);
        }
    }

    private async Task WithholdAsync(int tenant, ModelEntry entry, LogModel model)
    {
        // What explains gaps stays whole: the service refuses to withhold it, before the store is asked.
        if (entry.IsWithheld || ServiceActions.ExplainsGaps(entry.Content.Action, "user:usr_admin"))
        {
            return;
        }
        var request = await storage.WithholdRequestAsync(tenant, "erasure", entry.Sequence);
        if (model.IsHeld(entry))
        {
            var refusal = await Assert.ThrowsAsync<NotWithholdableException>(() => storage.Store.WithholdAsync([request], default));
            Assert.Contains("legal hold", refusal.Message, StringComparison.Ordinal);
            Assert.NotEmpty(await storage.Store.FindHoldsOverAsync(tenant, entry.Sequence, default));
            return;
        }
        Assert.Empty(await storage.Store.FindHoldsOverAsync(tenant, entry.Sequence, default));
        await storage.Store.WithholdAsync([request], default);
        entry.IsWithheld = true;
        model.Append(request.Entries[0].Content);
    }

    private async Task ChangeAsync(int tenant, LogModel model, string action, Hold hold, Action<ConsoleDbContext> change)
    {
        var entry = TestEntries.Entry(action, "Hold", hold.Id);
        await storage.Store.AppendAsync(TestEntries.Request(tenant, entry) with { RecordedBy = "user:usr_admin", Change = change }, default);
        model.Append(entry);
    }

    private static Hold HoldOf(int tenant, Step step, LogModel model)
    {
        var filter = step.Filter.ToFilter(tenant, model.Start);
        return new Hold
        {
            Id = $"hold_{Guid.NewGuid():N}",
            TenantNumber = tenant,
            Name = "Case",
            Reason = "x",
            // Holds have whole milliseconds.
            From = filter.From is { } from ? WireTime.Truncate(from) : null,
            To = filter.To is { } to ? WireTime.Truncate(to) : null,
            EntityType = filter.EntityType,
            Action = filter.Action,
            Slug = filter.Target ?? filter.Slug,
            Actor = filter.Actor,
            Ip = filter.Ip,
            PlacedAt = model.Start,
            PlacedBy = "usr_admin",
        };
    }

    private async Task CompareAsync(int tenant, RandomFilter random, LogModel model)
    {
        var filter = random.ToFilter(tenant, model.Start) with { Scope = TestEntries.Scope(tenant, model.Cutoff) };
        foreach (var asked in new[] { filter, new EntryFilter { Scope = filter.Scope } })
        {
            var expected = model.Readable().Where(entry => entry.Matches(asked))
                .OrderByDescending(entry => entry.OccurredAt).ThenByDescending(entry => entry.Sequence).ToList();
            var read = await storage.ReadAllAsync(asked);
            Assert.Equal(expected.Select(entry => (entry.Sequence, entry.IsWithheld)), read.Select(entry => (entry.Sequence, entry.Withheld is not null)));
            Assert.Equal(expected.Count, await storage.Store.CountAsync(asked, long.MaxValue, default));
            var pages = new List<EntryPage> { await storage.Store.ReadPageAsync(asked, new PageRequest(random.PageSize), default) };
            while (pages[^1].HasOlder)
            {
                var last = pages[^1].Entries[^1];
                pages.Add(await storage.Store.ReadPageAsync(
                    asked, new PageRequest(random.PageSize, OlderThan: new EntryPosition(last.OccurredAt, last.Sequence)), default));
            }
            Assert.Equal(expected.Select(entry => entry.Sequence), pages.SelectMany(page => page.Entries).Select(entry => entry.Sequence));
            var tail = await storage.Store.ReadTailAsync(asked, 0, int.MaxValue, default);
            Assert.Equal(expected.Select(entry => entry.Sequence).Order(), tail.Entries.Select(entry => entry.Sequence));
        }
        Assert.Equal(
            model.Readable().Select(entry => new EntryKind(entry.Content.Target.Type, entry.Content.Action)).Distinct().OrderBy(kind => kind.EntityType, StringComparer.Ordinal).ThenBy(kind => kind.Action, StringComparer.Ordinal),
            await storage.Store.ListKindsAsync(filter.Scope, default));
        var readable = model.Readable().Select(entry => entry.Sequence).ToHashSet();
        foreach (var entry in model.Entries)
        {
            Assert.Equal(readable.Contains(entry.Sequence), await storage.Store.FindAsync(filter.Scope, entry.Sequence, default) is not null);
        }
        Assert.Equal(
            model.Holds.Select(hold => model.Entries.LongCount(entry => !entry.IsPurged && entry.OccurredAt < model.Cutoff && entry.IsUnder(hold))).Order(),
            (await storage.Store.CountHeldAsync(tenant, model.Cutoff, default)).Select(held => held.Count).Order());
        var result = await storage.VerifyAsync(tenant);
        Assert.Null(result.Fault);
        Assert.Equal(model.Entries.Count(entry => entry.IsWithheld && !entry.IsPurged), result.Withheld);
    }

    private static IEnumerable<long> Sequences(ExpiredEntries expired) =>
        expired.Ranges.SelectMany(range => Enumerable.Range((int)range.First, (int)(range.Last - range.First + 1))).Select(sequence => (long)sequence);
}

/// <summary>What a log should be, without a store.</summary>
internal sealed class LogModel(DateTimeOffset start)
{
    public DateTimeOffset Start { get; } = start;

    public DateTimeOffset Cutoff { get; set; } = start;

    public List<ModelEntry> Entries { get; } = [];

    public List<Hold> Holds { get; } = [];

    public void Append(params IEnumerable<NewEntry> entries)
    {
        foreach (var entry in entries)
        {
            Entries.Add(new ModelEntry(Entries.Count + 1, entry, entry.OccurredAt ?? Start));
        }
    }

    public bool IsHeld(ModelEntry entry) => Holds.Any(entry.IsUnder);

    public IEnumerable<ModelEntry> Readable() => Entries.Where(entry => !entry.IsPurged && (entry.OccurredAt >= Cutoff || IsHeld(entry)));

    public IReadOnlyList<long> Purge()
    {
        var expired = Entries.Where(entry => !entry.IsPurged && entry.OccurredAt < Cutoff && !IsHeld(entry)).ToList();
        expired.ForEach(entry => entry.IsPurged = true);
        return [.. expired.Select(entry => entry.Sequence)];
    }
}

internal sealed record ModelEntry(long Sequence, NewEntry Content, DateTimeOffset OccurredAt)
{
    public bool IsPurged { get; set; }

    public bool IsWithheld { get; set; }

    private string? Ip => IsWithheld ? null : Content.Ip?.ToString();

    public bool IsUnder(Hold hold) =>
        (hold.From is null || OccurredAt >= hold.From) && (hold.To is null || OccurredAt < hold.To)
        && (hold.EntityType is null || hold.EntityType == Content.Target.Type) && (hold.Action is null || hold.Action == Content.Action)
        && (hold.Slug is null || IsNamed(hold.Slug)) && (hold.Actor is null || hold.Actor == Content.Actor.Id)
        && (hold.Ip is null || hold.Ip == Ip);

    public bool Matches(EntryFilter filter) =>
        (filter.From is null || OccurredAt >= filter.From) && (filter.To is null || OccurredAt < filter.To)
        && (filter.EntityType is null || filter.EntityType == Content.Target.Type) && (filter.Action is null || filter.Action == Content.Action)
        && (filter.Slug is null || filter.Slug == Content.Target.ShownSlug) && (filter.Actor is null || filter.Actor == Content.Actor.Id) && (filter.Actors.Count == 0 || filter.Actors.Contains(Content.Actor.Id))
        && (filter.Ip is null || filter.Ip == Ip || Ip is not null && filter.Ip.Contains('/', StringComparison.Ordinal) && IPNetwork.Parse(filter.Ip).Contains(IPAddress.Parse(Ip)))
        && (filter.EntityId is null || filter.EntityId == Content.Target.Id)
        && (filter.Actions.Count == 0 || filter.Actions.Any(action => action.EndsWith(".*", StringComparison.Ordinal) ? Content.Action.StartsWith(action[..^1], StringComparison.Ordinal) : Content.Action == action))
        && (filter.Target is null || IsNamed(filter.Target));

    private bool IsNamed(string name) => (IsWithheld ? [] : Content.Targets).Prepend(Content.Target).Any(target => name == target.Id || name == target.Slug);
}

public enum StepKind
{
    Append,
    Retention,
    Hold,
    Lift,
    Withhold,
    Purge,
}

/// <summary>One thing that happens to a log, and the filter with which it is looked at afterwards.</summary>
public sealed record Step(StepKind Kind, int Number, RandomEntry[] Entries, RandomFilter Filter);

public sealed record Steps(Step[] All)
{
    public static readonly Arbitrary<Steps> Arbitrary = Arb.From(
        from steps in Gen.ListOf(
            from kind in Gen.Frequency(
                (4, Gen.Constant(StepKind.Append)), (2, Gen.Constant(StepKind.Retention)), (3, Gen.Constant(StepKind.Hold)),
                (1, Gen.Constant(StepKind.Lift)), (3, Gen.Constant(StepKind.Withhold)), (3, Gen.Constant(StepKind.Purge)))
            from number in Gen.Choose(0, 1000)
            from entries in Gen.ArrayOf(
                from time in Gen.Choose(0, 6)
                from action in Gen.Choose(0, 2)
                from type in Gen.Choose(0, 1)
                from slug in Gen.Choose(0, 3)
                from actor in Gen.Choose(0, 2)
                from ip in Gen.Choose(-1, 1)
                from targets in Gen.ArrayOf(Gen.Choose(0, 5), 2)
                select new RandomEntry(time, action, type, slug, actor, ip, targets), 6)
            from names in Gen.ArrayOf(Gen.Frequency((3, Gen.Constant(-1)), (1, Gen.Choose(0, 2))), 5)
            from times in Gen.ArrayOf(Gen.Choose(-8, 15), 2)
            from size in Gen.Choose(1, 5)
            from target in Gen.Frequency((3, Gen.Constant(-1)), (1, Gen.Choose(0, 8)))
            select new Step(kind, number, entries, new RandomFilter(names, times[0], times[1], 0, size, 4, [], target, -1, null)), 14)
        select new Steps([new Step(StepKind.Append, 0, [.. steps.SelectMany(step => step.Entries).Take(12)], steps[0].Filter), .. steps]));
}
