using System.Text;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Tests.Streams;

/// <summary>Secrets stay where they were entered.</summary>
public sealed class SecretTests : IAsyncLifetime
{
    private const string Token = "tok-SECRET-0123456789-abcd";
    private const string Header = "hdr-SECRET-0123456789-efgh";

    private readonly StreamFixture _fixture = new();
    private readonly LogLines _log = new();

    public Task InitializeAsync()
    {
        _fixture.Console.Settings["Streams:DisableAfter"] = "00:00:00.001";
        _fixture.Console.Settings["Logging:LogLevel:Default"] = "Trace";
        _fixture.Console.ConfigureServices = services => services.AddLogging(logging => logging.AddProvider(_log));
        return _fixture.InitializeAsync();
    }

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task No_secret_is_in_the_database_the_log_the_entries_or_what_is_shown()
    {
        // Whoever answers may say the secret back.
        var receiver = _fixture.Receivers.Add(request => new Answer(503, $"closed to {string.Join(' ', request.Headers)}"));
        var tenant = await _fixture.NewTenantAsync();
        var id = await tenant.AddAsync(tenant.Draft(receiver, "http", ("bearer_token", Token), ("headers", $"X-Api-Key: {Header}")));
        var webhook = await tenant.Service.AddAsync(tenant.Owner, tenant.Draft(receiver, "webhook"), default);
        var fresh = await tenant.Service.RotateAsync(tenant.Owner, webhook.Id, null, default);
        // Failing for longer than is allowed disables it, which is told in all the logs there are.
        var view = await tenant.UntilAsync(id, view => view.Status.State == StreamState.Disabled);
        await tenant.UntilAsync(webhook.Id, view => view.Status.State == StreamState.Disabled);
        Assert.Contains("It failed for", view.Status.Reason, StringComparison.Ordinal);
        Assert.Equal(Token, receiver.All.First(request => request.Headers.ContainsKey("Authorization")).Headers["Authorization"]["Bearer ".Length..]);
        string[] secrets = [Token, Header, webhook.Generated["secret"]["whsec_".Length..], fresh["whsec_".Length..]];

        var shown = string.Concat((await tenant.Service.ListAsync(tenant.Owner, default)).Select(one => StreamJson.Write(one).ToJsonString() + one));
        var entries = string.Concat((await _fixture.Console.EntriesAsync(tenant.Tenant)).Select(entry => Encoding.UTF8.GetString(entry.Content.Metadata.Utf8.Span)));
        var check = await tenant.Service.CheckAsync(tenant.Owner, tenant.Draft(receiver, "http", ("bearer_token", Token)), null, default);
        Assert.Contains("[Authorization, Bearer …]", check.Answer, StringComparison.Ordinal);
        var attempts = check + string.Concat((await tenant.Service.AttemptsAsync(tenant.Owner, id, false, null, 100, default)).Select(attempt => attempt.Message + attempt.Answer)) + string.Concat(await tenant.Service.AttemptsAsync(tenant.Owner, id, false, null, 100, default));
        Assert.Contains("abcd", shown, StringComparison.Ordinal);
        var log = _log.Text;
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, shown, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, entries, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, attempts, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
            foreach (var file in Directory.GetFiles(_fixture.Console.DataDirectory, "audit-console.db*"))
            {
                await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var bytes = new MemoryStream();
                await stream.CopyToAsync(bytes);
                Assert.True(bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf(Encoding.UTF8.GetBytes(secret)) < 0, $"{Path.GetFileName(file)} holds a secret.");
            }
        }
    }

    [Fact]
    public void One_streams_text_opens_nothing_of_another()
    {
        var secrets = _fixture.Console.Services.GetRequiredService<StreamSecrets>();
        var (tenant, other) = (Guid.NewGuid(), Guid.NewGuid());
        var text = secrets.Protect(tenant, "str_1", new Dictionary<string, string> { ["secret"] = Token });
        Assert.Equal(Token, secrets.Unprotect(tenant, "str_1", text)["secret"]);
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => secrets.Unprotect(tenant, "str_2", text));
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => secrets.Unprotect(other, "str_1", text));
    }

    [Theory]
    [InlineData("abcdefghijkl", "…ijkl")]
    [InlineData("short", "…")]
    public void Of_a_secret_its_end_is_shown_where_that_tells_little(string secret, string shown) => Assert.Equal(shown, StreamSecrets.Hint(secret));
}

/// <summary>When a batch is tried again.</summary>
public sealed class RetryScheduleTests
{
    [Fact]
    public void Attempts_are_made_at_the_documented_times_after_the_first_within_a_fifth()
    {
        TimeSpan[] offsets =
        [
            TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
            TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
        ];
        Assert.Equal(offsets, new StreamOptions().Schedule);
        for (var seed = 0; seed < 200; seed++)
        {
            var schedule = new RetrySchedule(new StreamOptions().Schedule, new Random(seed));
            var at = TimeSpan.Zero;
            for (var failures = 1; failures <= offsets.Length; failures++)
            {
                at += schedule.After(failures, null);
                Assert.InRange(at, offsets[failures - 1] * 0.8, offsets[failures - 1] * 1.2);
            }
            Assert.InRange(schedule.After(100, null), TimeSpan.FromHours(3.2), TimeSpan.FromHours(4.8));
        }
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(1, 7, 7)]
    [InlineData(50, 1, 49)]
    [InlineData(5000, 1, 300)]
    [InlineData(1, 1_000_000, 86_400)]
    public void What_the_other_side_asks_for_counts_up_to_a_day(int failures, int asked, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new RetrySchedule(new StreamOptions().Schedule, new Random(1)).After(failures, TimeSpan.FromSeconds(asked)));
}
