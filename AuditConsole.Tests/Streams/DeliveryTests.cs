using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Streams.Destinations;
using AuditConsole.Tests.Storage;
using AuditConsole.Withholding;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Streams;

/// <summary>What the engine promises, against receivers that give every verdict.</summary>
public sealed class DeliveryTests(StreamFixture fixture) : IClassFixture<StreamFixture>
{
    [Fact]
    public async Task New_entries_arrive_in_the_order_of_the_chain_and_none_twice()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        await tenant.AppendAsync(3);
        var before = await tenant.SizeAsync();
        var id = await tenant.AddAsync(receiver);
        for (var i = 0; i < 20; i++)
        {
            await tenant.AppendAsync(1 + i % 7);
        }
        var size = await tenant.SizeAsync();
        await receiver.UntilAsync(got => got.TakenSequences.LastOrDefault() == size);
        // Its own StreamCreated is the first of them.
        Assert.Equal(Sequences(before + 1, size), receiver.TakenSequences);
        Assert.All(receiver.Taken, request => Assert.Equal($"{id}_{request.Sequences[0]}_{request.Sequences[^1]}", request.Id));
        var view = await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        Assert.Equal(StreamState.Active, view.Status.State);
        Assert.Equal(size - before, view.Status.Delivered);
    }

    [Fact]
    public async Task What_fails_comes_again_as_the_same_batch_under_the_same_id()
    {
        var failures = new Queue<Answer>([new(503), Answer.Cut, new(429, RetryAfter: "0"), new(302, Location: "/elsewhere"), new(500, "It is \u0000 broken")]);
        var receiver = fixture.Receivers.Add(_ => failures.TryDequeue(out var failure) ? failure : Answer.Ok);
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(receiver);
        await tenant.AppendAsync(5);
        var size = await tenant.SizeAsync();
        await receiver.UntilAsync(got => got.TakenSequences.LastOrDefault() == size);
        var first = receiver.All.Take(6).ToList();
        Assert.All(first, request => Assert.Equal((first[0].Id, first[0].Text), (request.Id, request.Text)));
        Assert.Equal(receiver.TakenSequences.Distinct().Order(), receiver.TakenSequences);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        var attempts = await tenant.Service.AttemptsAsync(tenant.Owner, id, failedOnly: true, null, 100, default);
        Assert.Equal([500, 302, 429, null, 503], attempts.Select(attempt => attempt.Status));
        Assert.Equal([5, 4, 3, 2, 1], attempts.Select(attempt => attempt.Number));
        Assert.Equal("It is   broken", attempts[0].Answer);
    }

    [Fact]
    public async Task What_is_too_large_is_halved_until_it_is_taken()
    {
        var receiver = fixture.Receivers.Add(request => request.Sequences.Count > 3 ? new Answer(413) : Answer.Ok);
        var tenant = await fixture.NewTenantAsync();
        var id = await AddWithBacklogAsync(tenant, receiver, () => tenant.AppendAsync(40));
        var size = await tenant.SizeAsync();
        await receiver.UntilAsync(got => got.TakenSequences.LastOrDefault() == size);
        Assert.Equal(Sequences(1, size), receiver.TakenSequences);
        Assert.Empty(await tenant.Service.DeadLettersAsync(tenant.Owner, id, 0, 10, default));
        // It grows again after what was taken, and isn't halved from the whole each time.
        Assert.All(receiver.All.Skip(10), request => Assert.InRange(request.Sequences.Count, 1, 6));
    }

    [Fact]
    public async Task The_one_entry_that_is_never_taken_becomes_a_dead_letter_and_can_be_sent_again()
    {
        var isFixed = false;
        var receiver = fixture.Receivers.Add(request => !Volatile.Read(ref isFixed) && request.Text.Contains("Poisoned", StringComparison.Ordinal) ? new Answer(400, "no such action") : Answer.Ok);
        var tenant = await fixture.NewTenantAsync();
        var poisoned = 0L;
        var id = await AddWithBacklogAsync(tenant, receiver, async () =>
        {
            await tenant.AppendAsync(7);
            poisoned = (await tenant.AppendAsync(1, "Poisoned"))[0];
            await tenant.AppendAsync(8);
        });
        var size = await tenant.SizeAsync();
        await receiver.UntilAsync(got => got.TakenSequences.LastOrDefault() == size);
        Assert.Equal(Sequences(1, size).Where(sequence => sequence != poisoned), receiver.TakenSequences);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        var letter = Assert.Single(await tenant.Service.DeadLettersAsync(tenant.Owner, id, 0, 10, default));
        Assert.Equal((poisoned, "no such action", null), (letter.Sequence, letter.Answer, letter.ResentAt));
        Assert.Contains("answered 400", letter.Reason, StringComparison.Ordinal);
        Assert.Equal(1, (await tenant.GetAsync(id)).Status.DeadLetters);

        var refused = Assert.Single(await tenant.Service.SendAgainAsync(tenant.Owner, id, null, default));
        Assert.Equal(DeliveryVerdict.BadData, refused.Outcome.Verdict);
        Volatile.Write(ref isFixed, true);
        var sent = Assert.Single(await tenant.Service.SendAgainAsync(tenant.Owner, id, [letter.Id], default));
        Assert.Equal((poisoned, DeliveryVerdict.Delivered), (sent.Sequence, sent.Outcome.Verdict));
        Assert.Equal(poisoned, receiver.TakenSequences[^1]);
        Assert.Equal(0, (await tenant.GetAsync(id)).Status.DeadLetters);
    }

    [Fact]
    public async Task A_receiver_that_refuses_every_entry_stops_the_stream_before_all_are_dead_letters()
    {
        var receiver = fixture.Receivers.Add(_ => new Answer(422));
        var tenant = await fixture.NewTenantAsync();
        var id = await AddWithBacklogAsync(tenant, receiver, () => tenant.AppendAsync(100));
        var view = await tenant.UntilAsync(id, view => view.Status.State == StreamState.Error);
        Assert.Contains("settings may be wrong", view.Status.Reason, StringComparison.Ordinal);
        Assert.InRange(view.Status.DeadLetters, 1, 2 * EntryRunner.MostRefusedInARow);
    }

    [Theory]
    [InlineData(401, StreamState.Error)]
    [InlineData(403, StreamState.Error)]
    [InlineData(404, StreamState.Error)]
    [InlineData(410, StreamState.Disabled)]
    public async Task Refused_for_good_it_stops_at_once_and_goes_on_with_the_same_batch_when_resumed(int status, StreamState state)
    {
        var isFixed = false;
        var receiver = fixture.Receivers.Add(_ => Volatile.Read(ref isFixed) ? Answer.Ok : new Answer(status));
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(receiver);
        var view = await tenant.UntilAsync(id, view => view.Status.State != StreamState.Active);
        Assert.Equal(state, view.Status.State);
        Assert.Contains($"answered {status}", view.Status.Reason, StringComparison.Ordinal);
        var request = Assert.Single(receiver.All);
        Volatile.Write(ref isFixed, true);
        await tenant.Service.ResumeAsync(tenant.Owner, id, default);
        var size = await tenant.SizeAsync();
        await receiver.UntilAsync(got => got.TakenSequences.LastOrDefault() == size);
        Assert.Equal((request.Id, request.Text), (receiver.Taken[0].Id, receiver.Taken[0].Text));

        // The log of the tenant tells of it, and the service's own.
        var told = (await fixture.Console.EntriesAsync(tenant.Tenant)).Reverse().Where(entry => entry.Content.Action == "StreamChanged").ToList();
        Assert.Equal([StreamStops.Name(state), "active"], told.Select(entry => JsonOf(entry)["state"]!.GetValue<string>()));
        Assert.Equal((Actor.ServiceId, id), (told[0].Content.Actor.Id, told[0].Content.Target.Id));
        var kind = state == StreamState.Disabled ? SecurityEventKinds.StreamDisabled : SecurityEventKinds.StreamStopped;
        await UntilLoggedAsync(line => line.Kind == kind && line.Subject == id);
    }

    [Fact]
    public async Task A_paused_stream_sends_nothing_and_loses_nothing()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        var id = await tenant.AddAsync(receiver);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        await tenant.Service.PauseAsync(tenant.Owner, id, default);
        await tenant.AppendAsync(10);
        var view = await tenant.GetAsync(id);
        // Pausing waits for the lane's end: whatever came later would be new.
        Assert.Equal((StreamState.Paused, 11L, 1), (view.Status.State, view.Status.LagEntries, receiver.All.Count));
        await tenant.Service.ResumeAsync(tenant.Owner, id, default);
        var size = await tenant.SizeAsync();
        await receiver.UntilAsync(got => got.TakenSequences.LastOrDefault() == size);
        Assert.Equal(Sequences(1, size), receiver.TakenSequences);
    }

    [Fact]
    public async Task A_batch_that_fails_can_be_skipped_and_its_entries_are_kept_as_dead_letters()
    {
        var isFixed = false;
        var receiver = fixture.Receivers.Add(_ => Volatile.Read(ref isFixed) ? Answer.Ok : new Answer(403));
        var tenant = await fixture.NewTenantAsync();
        var id = await tenant.AddAsync(receiver);
        await tenant.UntilAsync(id, view => view.Status.State == StreamState.Error);
        Assert.Equal(1, await tenant.Service.SkipAsync(tenant.Owner, id, default));
        Volatile.Write(ref isFixed, true);
        await tenant.Service.ResumeAsync(tenant.Owner, id, default);
        var size = await tenant.SizeAsync();
        await receiver.UntilAsync(got => got.TakenSequences.LastOrDefault() == size);
        Assert.Equal(Sequences(2, size), receiver.TakenSequences);
        Assert.Equal(1, Assert.Single(await tenant.Service.DeadLettersAsync(tenant.Owner, id, 0, 10, default)).Sequence);
    }

    [Fact]
    public async Task A_replay_sends_what_occurred_from_a_time_on_beside_the_new_entries()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        var now = DateTimeOffset.UtcNow;
        await tenant.AppendAsync(TestEntries.Entry(occurredAt: now.AddDays(-3)), TestEntries.Entry(occurredAt: now.AddDays(-1)), TestEntries.Entry(occurredAt: now.AddDays(-2)));
        var id = await tenant.AddAsync(receiver);
        await receiver.UntilAsync(got => got.TakenSequences.Contains(4));
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        await tenant.Service.ReplayAsync(tenant.Owner, id, now.AddDays(-2.5), default);
        await tenant.UntilAsync(id, view => view.Status.Replay?.FinishedAt is not null && view.Status.LagEntries == 0);
        // 2 and 3 occurred since, 4 is the stream's own creation; 5 tells of the replay and came by itself.
        Assert.Equal([2, 3, 4, 4, 5], receiver.TakenSequences.Order());
        await tenant.Service.ReplayAsync(tenant.Owner, id, null, default);
        await tenant.UntilAsync(id, view => view.Status.Replay?.FinishedAt is not null && view.Status.LagEntries == 0);
        Assert.Equal([1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6], receiver.TakenSequences.Order());
    }

    [Fact]
    public async Task A_replay_comes_in_the_order_of_the_chain_batch_behind_batch()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        // What occurred and when it was recorded go opposite ways.
        var now = DateTimeOffset.UtcNow;
        await tenant.AppendAsync([.. Enumerable.Range(0, 1200).Select(i => TestEntries.Entry(occurredAt: now.AddMinutes(-i)))]);
        var id = await tenant.AddAsync(receiver);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        var before = receiver.All.Count;
        await tenant.Service.ReplayAsync(tenant.Owner, id, null, default);
        await tenant.UntilAsync(id, view => view.Status.Replay?.FinishedAt is not null);
        var replayed = receiver.Taken.Skip(before).Where(request => request.Sequences[^1] <= 1201).ToList();
        Assert.True(replayed.Count >= 3, $"It came in {replayed.Count} batches.");
        Assert.Equal(Sequences(1, 1201), replayed.SelectMany(request => request.Sequences));
    }

    [Fact]
    public async Task A_stream_sends_what_its_filter_takes_without_what_it_leaves_out()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        await tenant.AddAsync(tenant.Draft(receiver) with
        {
            Filter = new StreamFilter { Actions = ["RuleArchived", "ProfileCreated"] },
            Redactions = ["/metadata/user/ssn", "/ip"],
        });
        await tenant.AppendAsync(
            TestEntries.Entry("RuleEdited"), TestEntries.Entry("RuleArchived", ip: "203.0.113.7", metadata: new { user = new { ssn = "078-05-1120", id = 7 } }), TestEntries.Entry("ProfileCreated"));
        await receiver.UntilAsync(got => got.TakenSequences.Contains(4));
        Assert.Equal([3, 4], receiver.TakenSequences);
        var sent = string.Concat(receiver.All.Select(request => request.Text));
        Assert.DoesNotContain("078-05-1120", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.7", sent, StringComparison.Ordinal);
        Assert.Contains("\"id\":7", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StreamFormat.Json)]
    [InlineData(StreamFormat.Ocsf)]
    public async Task What_was_withheld_is_sent_without_its_details_and_what_has_expired_never(StreamFormat format)
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        var old = TimeProvider.System.GetUtcNow().AddYears(-3);
        var (kept, withheld, expired) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        var sequences = await tenant.AppendAsync(
            TestEntries.Entry(metadata: new { mark = kept }), TestEntries.Entry(action: "RuleArchived", metadata: new { mark = withheld }),
            TestEntries.Entry(occurredAt: old, metadata: new { mark = expired }), TestEntries.Entry(metadata: new { mark = kept }));
        await fixture.Console.Services.GetRequiredService<WithholdingService>().WithholdFromConsoleAsync(tenant.Tenant, [sequences[1]], "asked for", default);
        var id = await tenant.AddAsync(tenant.Draft(receiver) with { Format = format, Since = DateTimeOffset.UnixEpoch });
        await tenant.UntilAsync(id, view => view.Status is { Replay.FinishedAt: not null, LagEntries: 0 });
        var sent = string.Concat(receiver.Taken.Select(request => request.Text));
        Assert.Contains(kept, sent, StringComparison.Ordinal);
        Assert.Contains("RuleArchived", sent, StringComparison.Ordinal);
        Assert.DoesNotContain(withheld, sent, StringComparison.Ordinal);
        Assert.DoesNotContain(expired, sent, StringComparison.Ordinal);
        // The range goes over both, and none of them is waited for.
        Assert.Contains(receiver.Taken, request => request.Id.StartsWith($"{id}_{sequences[0]}_", StringComparison.Ordinal));
        Assert.Empty(await tenant.Service.DeadLettersAsync(tenant.Owner, id, 0, 10, default));
    }

    [Fact]
    public async Task Destinations_that_hang_slow_neither_ingest_nor_another_stream()
    {
        var (tenant, hanging, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add(_ => Answer.Hang), fixture.Receivers.Add());
        for (var i = 0; i < DeliverySlots.Failing + 4; i++)
        {
            await tenant.AddAsync(hanging);
        }
        await hanging.UntilAsync(got => got.All.Count >= DeliverySlots.Failing + 4);
        await tenant.AddAsync(receiver);
        var first = await tenant.SizeAsync();
        for (var i = 0; i < 20; i++)
        {
            await tenant.AppendAsync(100);
        }
        await receiver.UntilAsync(got => got.TakenSequences.LastOrDefault() == first + 2000);
        // Each of them tries its first batch alone, whatever has come since.
        Assert.Equal(DeliverySlots.Failing + 4, hanging.All.Select(request => request.Id).Distinct().Count());
    }

    [Fact]
    public async Task Changes_and_deletes_are_entries_without_secrets()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        var id = await tenant.AddAsync(tenant.Draft(receiver, settings: [("bearer_token", "first-token-12345")]));
        await tenant.Service.ChangeAsync(tenant.Owner, id, tenant.Draft(receiver, settings: [("bearer_token", "second-token-67890")]) with { Name = "Renamed" }, default);
        await receiver.UntilAsync(got => got.TakenSequences.Contains(2));
        Assert.Equal("Bearer second-token-67890", receiver.Taken[^1].Headers["Authorization"]);
        // A secret that is left out stays.
        await tenant.Service.ChangeAsync(tenant.Owner, id, tenant.Draft(receiver) with { Name = "Renamed again" }, default);
        await receiver.UntilAsync(got => got.TakenSequences.Contains(3));
        Assert.Equal("Bearer second-token-67890", receiver.Taken[^1].Headers["Authorization"]);
        Assert.Equal("…7890", (await tenant.GetAsync(id)).Secrets["bearer_token"]);
        await tenant.Service.DeleteAsync(tenant.Owner, id, default);
        Assert.Empty(await tenant.Service.ListAsync(tenant.Owner, default));
        var entries = (await fixture.Console.EntriesAsync(tenant.Tenant)).Reverse().ToList();
        Assert.Equal(["StreamCreated", "StreamChanged", "StreamChanged", "StreamDeleted"], entries.Select(entry => entry.Content.Action));
        Assert.All(entries, entry => Assert.DoesNotContain("-token-", JsonOf(entry).ToJsonString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_an_Admin_manages_streams_and_another_tenants_stream_does_not_exist()
    {
        var (tenant, other, receiver) = (await fixture.NewTenantAsync(), await fixture.NewTenantAsync(), fixture.Receivers.Add());
        foreach (var role in new[] { Role.Viewer, Role.Auditor })
        {
            var user = await fixture.Console.AddUserAsync(tenant.Tenant, role);
            await Assert.ThrowsAsync<AccessDeniedException>(() => tenant.Service.EnterAsync(user.Id, tenant.Tenant.Slug, Client.Unknown, default));
        }
        var admin = await fixture.Console.AddUserAsync(tenant.Tenant, Role.Admin);
        var owner = await tenant.Service.EnterAsync(admin.Id, tenant.Tenant.Slug, Client.Unknown, default);
        var id = (await tenant.Service.AddAsync(owner, tenant.Draft(receiver), default)).Id;
        Assert.Equal(admin.Email, (await tenant.GetAsync(id)).CreatedBy);
        await Assert.ThrowsAsync<RefusedException>(() => other.GetAsync(id));
        await Assert.ThrowsAsync<RefusedException>(() => other.Service.PauseAsync(other.Owner, id, default));
        await Assert.ThrowsAsync<RefusedException>(() => other.Service.DeleteAsync(other.Owner, id, default));
        await Assert.ThrowsAsync<RefusedException>(() => other.Service.AttemptsAsync(other.Owner, id, false, null, 1, default));
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_draft_is_said_at_once_field_by_field()
    {
        var tenant = await fixture.NewTenantAsync();
        var wrong = await Assert.ThrowsAsync<InvalidStreamException>(() => tenant.Service.AddAsync(tenant.Owner, new StreamDraft
        {
            Name = "",
            Kind = "http",
            Filter = new StreamFilter { Ip = "999.1.1.1" },
            Redactions = ["metadata"],
            Settings = new Dictionary<string, string> { ["url"] = "ftp://example.com", ["bearer_token"] = "with space", ["colour"] = "red" },
        }, default));
        Assert.Equal(["bearer_token", "colour", "ip", "name", "redactions", "url"], wrong.Problems.Select(problem => problem.Field).Order());
        Assert.Equal(0, await tenant.SizeAsync());
    }

    /// <summary>Adds a stream for which entries already wait, so that batches are large from the first on.</summary>
    private static async Task<string> AddWithBacklogAsync(StreamTenant tenant, Receiver receiver, Func<Task> append)
    {
        var answer = receiver.Answer;
        receiver.Answer = _ => Answer.Ok;
        var id = await tenant.AddAsync(receiver);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        await tenant.Service.PauseAsync(tenant.Owner, id, default);
        receiver.Answer = answer;
        await append();
        await tenant.Service.ResumeAsync(tenant.Owner, id, default);
        return id;
    }

    private static IEnumerable<long> Sequences(long first, long last) => Enumerable.Range((int)first, (int)(last - first + 1)).Select(i => (long)i);

    private static System.Text.Json.Nodes.JsonNode JsonOf(AuditEntry entry) => System.Text.Json.Nodes.JsonNode.Parse(entry.Content.Metadata.Utf8.Span)!;

    private async Task UntilLoggedAsync(Func<SecurityEvent, bool> condition)
    {
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2); await Task.Delay(10))
        {
            await using var context = await fixture.Console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();
            if ((await context.SecurityEvents.AsNoTracking().ToListAsync()).Any(condition))
            {
                return;
            }
        }
        throw new TimeoutException("The security log doesn't tell of it.");
    }
}
