using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;
using AuditConsole.Tests.Storage;

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
        Assert.Equal(Enumerable.Range((int)before + 1, (int)(size - before)).Select(i => (long)i), receiver.TakenSequences);
        Assert.All(receiver.Taken, request => Assert.Equal($"{id}_{request.Sequences[0]}_{request.Sequences[^1]}", request.Id));
        var view = await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        Assert.Equal(StreamState.Active, view.Status.State);
        Assert.Equal(size - before, view.Status.Delivered);
    }

    [Fact]
    public async Task What_fails_comes_again_as_the_same_batch_under_the_same_id()
    {
        var failures = new Queue<Answer>([new(503), Answer.Cut, new(429, RetryAfter: "0"), new(302, Location: "/elsewhere"), new(500)]);
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
    }
}
