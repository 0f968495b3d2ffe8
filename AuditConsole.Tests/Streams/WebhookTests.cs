using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Streams;

/// <summary>Webhooks, verified by the library that programs verify them with (npm: standardwebhooks).</summary>
public sealed class WebhookTests(StreamFixture fixture) : IClassFixture<StreamFixture>
{
    [Fact]
    public async Task Each_entry_is_one_delivery_that_the_official_library_verifies()
    {
        var failures = new Queue<Answer>([new(500), Answer.Cut]);
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add(_ => failures.TryDequeue(out var failure) ? failure : Answer.Ok));
        var added = await tenant.Service.AddAsync(tenant.Owner, tenant.Draft(receiver, "webhook"), default);
        var secret = Assert.Single(added.Generated).Value;
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        await tenant.AppendAsync(5);
        await receiver.UntilAsync(got => got.Taken.Count == 6);
        Assert.Equal([1, 2, 3, 4, 5, 6], receiver.TakenSequences);
        // The same id at every attempt, another one for every entry.
        Assert.Single(receiver.All.Take(3).Select(request => request.Id).Distinct());
        Assert.Equal(6, receiver.Taken.Select(request => request.Id).Distinct().Count());
        Assert.All(await VerifyAsync(secret, receiver.All), said => Assert.Equal("ok", said));
        var body = JsonNode.Parse(receiver.Taken[0].Body)!;
        Assert.Equal("audit.event.created", body["type"]!.GetValue<string>());
        Assert.Equal("StreamCreated", body["data"]!["action"]!.GetValue<string>());

        Assert.All(await VerifyAsync($"whsec_{Convert.ToBase64String(new byte[32])}", receiver.All), said => Assert.NotEqual("ok", said));
        var tampered = receiver.All.Select(request => request with { Body = [.. request.Body.Select(letter => letter == (byte)'1' ? (byte)'2' : letter)] }).ToList();
        Assert.All(await VerifyAsync(secret, tampered), said => Assert.NotEqual("ok", said));
    }

    [Fact]
    public async Task While_a_secret_is_rotated_both_verify_and_then_the_new_one_alone()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        var added = await tenant.Service.AddAsync(tenant.Owner, tenant.Draft(receiver, "webhook"), default);
        var old = added.Generated["secret"];
        var fresh = await tenant.Service.RotateAsync(tenant.Owner, added.Id, null, default);
        Assert.NotEqual(old, fresh);
        await receiver.UntilAsync(got => got.Taken.Count >= 2);
        var both = receiver.Taken[^1];
        Assert.Equal(2, both.Headers["webhook-signature"].Split(' ').Length);
        Assert.Equal(["ok"], await VerifyAsync(old, [both]));
        Assert.Equal(["ok"], await VerifyAsync(fresh, [both]));
        Assert.Equal(["secret"], (await tenant.GetAsync(added.Id)).Overlaps.Keys);

        var newest = await tenant.Service.RotateAsync(tenant.Owner, added.Id, TimeSpan.Zero, default);
        await receiver.UntilAsync(got => got.TakenSequences.Contains(3));
        var one = receiver.Taken[^1];
        Assert.Single(one.Headers["webhook-signature"].Split(' '));
        Assert.NotEqual(["ok"], await VerifyAsync(fresh, [one]));
        Assert.Equal(["ok"], await VerifyAsync(newest, [one]));
        Assert.Equal($"…{newest[^4..]}", (await tenant.GetAsync(added.Id)).Secrets["secret"]);
    }

    [Fact]
    public async Task Deliveries_are_listed_and_can_be_made_again_under_their_ids()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add());
        var id = await tenant.AddAsync(receiver, "webhook");
        await tenant.AppendAsync(3);
        await receiver.UntilAsync(got => got.Taken.Count == 4);
        await tenant.UntilAsync(id, view => view.Status.LagEntries == 0);
        Assert.Equal([4, 3, 2, 1], (await tenant.Service.AttemptsAsync(tenant.Owner, id, false, null, 10, default)).Select(attempt => attempt.First));
        var again = await tenant.Service.RedeliverAsync(tenant.Owner, id, 2, 3, default);
        Assert.Equal([2, 3], again.Select(one => one.Sequence));
        Assert.All(again, one => Assert.Equal(DeliveryVerdict.Delivered, one.Outcome.Verdict));
        Assert.Equal(receiver.Taken.Skip(1).Take(2).Select(request => request.Id), receiver.Taken.Skip(4).Select(request => request.Id));
        Assert.Equal(6, (await tenant.Service.AttemptsAsync(tenant.Owner, id, false, null, 10, default)).Count);
        await Assert.ThrowsAsync<AuditConsole.Identity.RefusedException>(() => tenant.Service.RedeliverAsync(tenant.Owner, id, 1, 1000, default));
    }

    [Fact]
    public async Task A_check_sends_a_signed_test_and_says_what_was_answered()
    {
        var (tenant, receiver) = (await fixture.NewTenantAsync(), fixture.Receivers.Add(_ => new Answer(503, "closed for today")));
        var outcome = await tenant.Service.CheckAsync(tenant.Owner, tenant.Draft(receiver, "webhook"), null, default);
        Assert.Equal((DeliveryVerdict.Retry, 503, "closed for today"), (outcome.Verdict, outcome.Status, outcome.Answer));
        Assert.Equal("audit.test", JsonNode.Parse(Assert.Single(receiver.All).Body)!["type"]!.GetValue<string>());
        Assert.Equal(0, await tenant.SizeAsync());
    }

    private static async Task<string[]> VerifyAsync(string secret, IEnumerable<Received> deliveries)
    {
        using var process = Process.Start(new ProcessStartInfo("node", ["standardwebhooks.mjs"])
        {
            WorkingDirectory = Path.Combine(RepositoryFile.Root, "AuditConsole.Tests", "Npm"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(new
        {
            secret,
            deliveries = deliveries.Select(delivery => new { headers = delivery.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value), body = delivery.Body }),
        }));
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
