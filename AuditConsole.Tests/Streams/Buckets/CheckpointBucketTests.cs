using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Amazon.S3;
using Amazon.S3.Model;
using AuditConsole.Checkpoints;
using AuditConsole.Core.Evidence;
using AuditConsole.Identity;
using AuditConsole.Integrity;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Buckets;
using AuditConsole.Streams.Delivery;
using AuditConsole.Tests.Streams.Destinations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Streams.Buckets;

/// <summary>Checkpoints go to a tenant's own bucket: of a real server, Ceph's, and of a stub of Google's.</summary>
[Collection(RadosGateway.Collection)]
public sealed class CheckpointBucketTests(RadosGateway server, BucketFixture fixture) : IClassFixture<BucketFixture>
{
    [Fact]
    public async Task A_checkpoint_under_Object_Lock_can_not_be_deleted_and_verifies_with_the_key_beside_it()
    {
        var (tenant, bucket) = (await fixture.NewTenantAsync(), await server.NewBucketAsync(locks: true));
        var id = await tenant.AddAsync(Draft(bucket, ("lock_days", "3")));
        var signed = await fixture.SignAsync(tenant);
        var view = await tenant.UntilAsync(id, stream => stream.Status is { LagEntries: 0, Delivered: > 0 });
        Assert.Equal((StreamPurpose.Checkpoints, StreamState.Active), (view.Purpose, view.Status.State));
        Assert.Null(view.Status.LastError);

        var name = $"audit-log/org={tenant.Tenant.Id}/checkpoints/{signed.Size:D20}-{signed.Time.ToUnixTimeMilliseconds()}.txt";
        var key = CheckpointKey.Parse(Encoding.UTF8.GetString(await server.ReadAsync(bucket, $"audit-log/org={tenant.Tenant.Id}/checkpoints/checkpoint-key.pem")));
        var note = SignedCheckpoint.Parse(Encoding.UTF8.GetString(await server.ReadAsync(bucket, name)));
        Assert.Equal((NoteTrust.Signed, signed.Size, tenant.Tenant.Id), (note.Check(key), note.Statement.Size, note.Statement.TenantId));

        foreach (var version in (await server.Client.ListVersionsAsync(bucket)).Versions)
        {
            var retention = (await server.Client.GetObjectRetentionAsync(new GetObjectRetentionRequest { BucketName = bucket, Key = version.Key, VersionId = version.VersionId })).Retention;
            Assert.Equal(ObjectLockRetentionMode.Compliance, retention.Mode);
            Assert.InRange(retention.RetainUntilDate!.Value.ToUniversalTime(), DateTime.UtcNow.AddDays(3).AddMinutes(-5), DateTime.UtcNow.AddDays(3).AddMinutes(1));
            await Assert.ThrowsAsync<AmazonS3Exception>(() => server.Client.DeleteObjectAsync(bucket, version.Key, version.VersionId));
        }
        Assert.Contains("locked for a minute", (await tenant.Service.CheckAsync(tenant.Owner, null, id, default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_without_Object_Lock_says_which_setting_and_takes_checkpoints_without()
    {
        var (tenant, bucket) = (await fixture.NewTenantAsync(), await server.NewBucketAsync());
        await fixture.SignAsync(tenant);
        var id = await tenant.AddAsync(Draft(bucket, ("lock_days", "3")));
        var stopped = await tenant.UntilAsync(id, stream => stream.Status.State == StreamState.Error);
        Assert.Equal($"The bucket {bucket} has no Object Lock. It is turned on when a bucket is made: make another one, or ask for no lock.", stopped.Status.Reason);
        await tenant.Service.ChangeAsync(tenant.Owner, id, Draft(bucket), default);
        await tenant.Service.ResumeAsync(tenant.Owner, id, default);
        await tenant.UntilAsync(id, stream => stream.Status is { Delivered: 1, LagEntries: 0, State: StreamState.Active });
        Assert.Single(await server.ListAsync(bucket), item => item.Key.EndsWith(".txt", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_past_in_the_bucket_is_an_alarm_that_stays_and_nothing_is_overwritten()
    {
        var (tenant, bucket) = (await fixture.NewTenantAsync(), await server.NewBucketAsync());
        var id = await tenant.AddAsync(Draft(bucket));
        var signed = await fixture.SignAsync(tenant);
        await tenant.UntilAsync(id, stream => stream.Status is { LagEntries: 0, Delivered: > 0 });
        var before = await server.ReadAsync(bucket, NameOf(tenant, signed));

        await tenant.Service.PauseAsync(tenant.Owner, id, default);
        await RewriteAsync(tenant, signed, row => row.Note = row.Note.Replace("time ", "time  ", StringComparison.Ordinal));
        await tenant.Service.ResumeAsync(tenant.Owner, id, default);
        var alarm = await tenant.UntilAsync(id, stream => stream.Status.State == StreamState.Error);
        Assert.Contains("what this service has now is not what was published", alarm.Status.Reason, StringComparison.Ordinal);
        Assert.Equal(before, await server.ReadAsync(bucket, NameOf(tenant, signed)));

        // The log goes on; whoever resumes hears the same again.
        await fixture.SignAsync(tenant);
        await tenant.Service.ResumeAsync(tenant.Owner, id, default);
        await tenant.UntilAsync(id, stream => stream.Status.State == StreamState.Error && stream.Status.Since > alarm.Status.Since);
        var admin = await fixture.Console.AddUserAsync(tenant.Tenant, Role.Admin);
        var shown = Assert.Single((await fixture.Console.Services.GetRequiredService<IntegrityReader>().ReadAsync(admin.Id, tenant.Tenant.Slug, default)).Buckets);
        Assert.True(shown is { IsAlarm: true, State: StreamState.Error } && shown.Size == signed.Size, shown.ToString());

        // As it was, it goes on.
        await RewriteAsync(tenant, signed, row => row.Note = signed.Note);
        await tenant.Service.ResumeAsync(tenant.Owner, id, default);
        await tenant.UntilAsync(id, stream => stream.Status is { LagEntries: 0, State: StreamState.Active });
    }

    [Fact]
    public async Task A_published_checkpoint_that_is_gone_from_the_database_is_an_alarm()
    {
        var (tenant, bucket) = (await fixture.NewTenantAsync(), await server.NewBucketAsync());
        var id = await tenant.AddAsync(Draft(bucket));
        var signed = await fixture.SignAsync(tenant);
        await tenant.UntilAsync(id, stream => stream.Status is { LagEntries: 0, Delivered: > 0 });
        await using (await fixture.Console.Services.GetRequiredService<StreamEngine>().SuspendAsync(id, default))
        {
            await using var context = await ContextAsync();
            await context.Set<StoredCheckpoint>().Where(row => row.TenantNumber == tenant.Tenant.Number && row.Size == signed.Size).ExecuteDeleteAsync();
        }
        Assert.Contains("no longer has it", (await tenant.UntilAsync(id, stream => stream.Status.State == StreamState.Error)).Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_put_before_the_service_died_is_known_again_and_what_failed_is_tried_again()
    {
        var (tenant, bucket) = (await fixture.NewTenantAsync(), await server.NewBucketAsync());
        var id = await tenant.AddAsync(Draft(bucket));
        var signed = await fixture.SignAsync(tenant);
        await tenant.UntilAsync(id, stream => stream.Status is { LagEntries: 0, Delivered: > 0 });
        await using (await fixture.Console.Services.GetRequiredService<StreamEngine>().SuspendAsync(id, default))
        {
            // As a process leaves it that is killed between the object and its own note of it.
            await using var context = await ContextAsync();
            await context.StreamLanes.Where(lane => lane.StreamId == id).ExecuteUpdateAsync(set => set.SetProperty(lane => lane.Cursor, 0).SetProperty(lane => lane.Delivered, 0));
        }
        await tenant.UntilAsync(id, stream => stream.Status is { LagEntries: 0, Delivered: 1, State: StreamState.Active });
        Assert.Contains((await tenant.Service.AttemptsAsync(tenant.Owner, id, false, null, 1, default)), attempt => attempt is { Worked: true, Status: 412 });
        Assert.Single(await server.ListAsync(bucket), item => item.Key == NameOf(tenant, signed));

        // A server that isn't there: it is tried again until it is.
        var down = await tenant.AddAsync(Draft(bucket, ("endpoint", $"http://127.0.0.1:{DestinationRun.FreePort()}"), ("prefix", "other")));
        await tenant.UntilAsync(down, stream => stream.Status is { Failures: > 1, LagEntries: > 0 });
        await tenant.Service.ChangeAsync(tenant.Owner, down, Draft(bucket, ("prefix", "other")), default);
        await tenant.UntilAsync(down, stream => stream.Status is { LagEntries: 0, Failures: 0 });
    }

    [Fact]
    public async Task After_another_key_the_new_one_stands_beside_the_first_with_the_note_that_joins_them()
    {
        var (tenant, bucket) = (await fixture.NewTenantAsync(), await server.NewBucketAsync());
        var id = await tenant.AddAsync(Draft(bucket));
        await fixture.SignAsync(tenant);
        await tenant.UntilAsync(id, stream => stream.Status is { LagEntries: 0, Delivered: > 0 });
        var key = fixture.Console.Services.GetRequiredService<SigningKey>();
        var old = key.Public!;
        await fixture.Console.Services.GetRequiredService<CheckpointService>().RotateKeyAsync(isLost: false, "a test", default);
        var signed = await fixture.SignAsync(tenant);
        await tenant.UntilAsync(id, stream => stream.Status.LagEntries == 0);
        var folder = $"audit-log/org={tenant.Tenant.Id}/checkpoints";
        Assert.Equal(old.IdText, CheckpointKey.Parse(await TextAsync($"{folder}/checkpoint-key.pem")).IdText);
        var now = CheckpointKey.Parse(await TextAsync($"{folder}/checkpoint-key-{key.Public!.IdText}.pem"));
        Assert.Equal(NoteTrust.Signed, SignedCheckpoint.Parse(await TextAsync(NameOf(tenant, signed))).Check(now));
        Assert.Contains(now.ToLine(key.Service), await TextAsync($"{folder}/checkpoint-key-{old.IdText}-to-{now.IdText}.txt"), StringComparison.Ordinal);

        async Task<string> TextAsync(string name) => Encoding.UTF8.GetString(await server.ReadAsync(bucket, name));
    }

    [Fact]
    public async Task Google_keeps_them_too_locked_where_the_bucket_can()
    {
        var tenant = await fixture.NewTenantAsync();
        var signed = await fixture.SignAsync(tenant);
        var id = await tenant.AddAsync(OfGoogle(GoogleStub.Locking, 30));
        await tenant.UntilAsync(id, stream => stream.Status is { LagEntries: 0, Delivered: 1 });
        var name = $"{GoogleStub.Locking}/{NameOf(tenant, signed)}";
        Assert.Equal(signed.Note, Encoding.UTF8.GetString(fixture.Google.Objects[name]));
        Assert.InRange(fixture.Google.Retentions[name], TimeProvider.System.GetUtcNow().AddDays(30).AddMinutes(-5), TimeProvider.System.GetUtcNow().AddDays(30));
        var without = await tenant.AddAsync(OfGoogle("acme-audit", 30));
        Assert.Contains("no object retention", (await tenant.UntilAsync(without, stream => stream.Status.State == StreamState.Error)).Status.Reason, StringComparison.Ordinal);

        StreamDraft OfGoogle(string bucket, int days) => new()
        {
            Name = bucket,
            Kind = "gcs",
            Purpose = StreamPurpose.Checkpoints,
            Settings = new Dictionary<string, string> { ["bucket"] = bucket, ["service_account"] = fixture.Google.KeyFile, ["lock_days"] = $"{days}" },
        };
    }

    [Fact]
    public async Task A_program_sets_one_up_and_what_belongs_to_entries_is_refused()
    {
        var (tenant, bucket) = (await fixture.NewTenantAsync(), await server.NewBucketAsync());
        await fixture.SignAsync(tenant);
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(tenant.Tenant, null, "streams:write"));
        using var refused = await client.PostAsJsonAsync("/api/streams", new
        {
            name = "X",
            kind = "http",
            purpose = "checkpoints",
            settings = new { url = "https://siem.example.com" },
        });
        Assert.Equal(["kind"], await FieldsAsync(refused));
        var settings = Draft(bucket, ("lock_days", "0")).Settings;
        using var wrong = await client.PostAsJsonAsync("/api/streams", new
        {
            name = "X",
            kind = "s3-compatible",
            purpose = "checkpoints",
            settings,
            redactions = new[] { "/ip" },
            since = "2026-01-01",
            filter = new { actor = "a" },
        });
        Assert.Equal(["filter", "redactions", "since", "lock_days"], await FieldsAsync(wrong));

        using var added = await client.PostAsJsonAsync("/api/streams", new { name = "Proof", kind = "s3-compatible", purpose = "checkpoints", settings = Draft(bucket).Settings });
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var id = (await added.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        await tenant.UntilAsync(id, stream => stream.Status is { LagEntries: 0, Delivered: 1 });
        var stream = JsonNode.Parse(await client.GetStringAsync($"/api/streams/{id}"))!;
        Assert.Equal(("checkpoints", 1), (stream["purpose"]!.GetValue<string>(), stream["delivered"]!.GetValue<int>()));
        foreach (var act in new[] { "skip", "resend", "replay" })
        {
            using var answer = await client.PostAsync(new Uri($"/api/streams/{id}/{act}", UriKind.Relative), null);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        }
    }

    [Fact]
    public async Task At_most_one_goes_in_each_pace_and_it_is_the_newest()
    {
        var (tenant, bucket) = (await fixture.NewTenantAsync(), await server.NewBucketAsync());
        await fixture.SignAsync(tenant);
        var services = fixture.Console.Services;
        var id = await tenant.AddAsync(Draft(bucket));
        await tenant.Service.PauseAsync(tenant.Owner, id, default);
        var setups = services.GetRequiredService<StreamSetups>();
        var (stream, _) = (await setups.ReadAsync(id, default))!.Value;
        var clock = new FakeClock();
        var tools = new LaneTools(
            services.GetRequiredService<LaneReader>(), setups, services.GetRequiredService<StreamJournal>(), new(),
            new([TimeSpan.FromSeconds(5)], new Random(1)), TimeSpan.FromDays(1), tenant.Store, clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<LaneRunner>.Instance);
        await using var runner = new CheckpointRunner(setups.Of(stream).Setup! with { Settings = new(new Dictionary<string, string>(Draft(bucket).Settings) { ["prefix"] = "mine" }) }, new StreamLane { StreamId = id }, tools, services.GetRequiredService<CheckpointSource>(), TimeSpan.FromMinutes(1));
        var first = await RunAsync();
        await fixture.SignAsync(tenant);
        var newest = await fixture.SignAsync(tenant);
        Assert.Equal((LaneEnd.Wait, TimeSpan.FromMinutes(1)), await RunAsync() is var wait ? (wait.End, wait.For) : default);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((1, 1), (first.Delivered, (await RunAsync()).Delivered));
        Assert.Equal((newest.Size, 2), (runner.Lane.Cursor, runner.Lane.Delivered));
        Assert.Equal(2, (await server.ListAsync(bucket)).Count(item => item.Key.StartsWith("mine/", StringComparison.Ordinal) && item.Key.EndsWith(".txt", StringComparison.Ordinal)));

        Task<LaneRun> RunAsync() => runner.RunAsync(default);
    }

    private static string NameOf(StreamTenant tenant, StoredCheckpoint signed) => $"audit-log/{CheckpointObjects.Of(tenant.Tenant.Id, signed)}";

    private static async Task<IEnumerable<string>> FieldsAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonNode>())!["details"]!.AsArray().Select(detail => detail!["field"]!.GetValue<string>());

    private StreamDraft Draft(string bucket, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["endpoint"] = server.Address.ToString(),
            ["bucket"] = bucket,
            ["access_key_id"] = RadosGateway.KeyId,
            ["secret_access_key"] = RadosGateway.Secret,
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }
        return new StreamDraft { Name = "Proof", Kind = "s3-compatible", Purpose = StreamPurpose.Checkpoints, Settings = all };
    }

    private Task<ConsoleDbContext> ContextAsync() => fixture.Console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync();

    private async Task RewriteAsync(StreamTenant tenant, StoredCheckpoint signed, Action<StoredCheckpoint> change)
    {
        await using var context = await ContextAsync();
        change(await context.Set<StoredCheckpoint>().SingleAsync(row => row.TenantNumber == tenant.Tenant.Number && row.Size == signed.Size));
        await context.SaveChangesAsync();
    }
}
