using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Holds;
using AuditConsole.Identity;
using AuditConsole.Redaction;
using AuditConsole.Sealing;
using AuditConsole.Storage;
using AuditConsole.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Sealing;

/// <summary>Values that a rule keeps apart from the log.</summary>
public sealed class SealedValueTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    private SealedValueService Values => fixture.Console.Services.GetRequiredService<SealedValueService>();

    [Fact]
    public async Task A_sealed_value_is_read_with_a_recorded_reason_and_checks_against_its_entry()
    {
        using var producer = await fixture.NewAsync();
        var (admin, entry) = await SealAsync(producer, """{"ssn":"123-45-6789","n":1}""");
        var row = Assert.Single(await Values.ListAsync(admin, producer.Tenant.Slug, entry, default));
        Assert.Equal($$$"""{"user":{"$sealed":"{{{row.Commitment}}}"}}""", entry.Content.Metadata.ToString());
        Assert.Equal(("/metadata/user", "who", false), (row.Path, row.Rule, row.IsDestroyed));
        AssertNowhere("123-45-6789");

        await Assert.ThrowsAsync<RefusedException>(() => Values.OpenAsync(admin, producer.Tenant.Slug, entry.Sequence, row.Commitment, "  ", Client.Unknown, default));
        var opened = await Values.OpenAsync(admin, producer.Tenant.Slug, entry.Sequence, row.Commitment, "Subject access request", Client.Unknown, default);
        Assert.Equal("""{"n":1,"ssn":"123-45-6789"}""", opened.Json);
        using var value = JsonDocument.Parse(opened.Json);
        Assert.True(SealedCommitment.Holds(row.Commitment, Convert.FromHexString(opened.Salt), value.RootElement));
        var last = await FindAsync(producer, await producer.CountAsync());
        Assert.Equal(("SealedValueRead", entry.Id.ToString(), "Subject access request"), (last.Content.Action, last.Content.Target.Id, last.Content.Reasoning));
        Assert.Contains($"\"commitment\":\"{row.Commitment}\"", last.Content.Metadata.ToString(), StringComparison.Ordinal);
        AssertNowhere("123-45-6789");
    }

    [Fact]
    public async Task A_destroyed_value_is_gone_from_the_file_and_its_entry_stays_proved()
    {
        using var producer = await fixture.NewAsync();
        var (admin, entry) = await SealAsync(producer, $"\"{new string('x', 20_000)}\"");
        var row = Assert.Single(await Values.ListAsync(admin, producer.Tenant.Slug, entry, default));
        var kept = Assert.Single(await fixture.Console.Services.GetRequiredService<ISealedStore>().ListSealedAsync(producer.Tenant.Number, entry.Sequence, default));
        var part = kept.Value.AsSpan(100, 64).ToArray();
        Assert.True(IsInFile(part));
        await Values.DestroyAsync(admin, producer.Tenant.Slug, entry.Sequence, row.Commitment, "Erasure request", Client.Unknown, default);
        Assert.False(IsInFile(part));
        Assert.True(Assert.Single(await Values.ListAsync(admin, producer.Tenant.Slug, entry, default)).IsDestroyed);
        await Assert.ThrowsAsync<RefusedException>(() => Values.OpenAsync(admin, producer.Tenant.Slug, entry.Sequence, row.Commitment, "again", Client.Unknown, default));
        await Assert.ThrowsAsync<RefusedException>(() => Values.DestroyAsync(admin, producer.Tenant.Slug, entry.Sequence, row.Commitment, "again", Client.Unknown, default));
        var last = await FindAsync(producer, await producer.CountAsync());
        Assert.Equal(("SealedValueDestroyed", "Erasure request"), (last.Content.Action, last.Content.Reasoning));
        var again = await FindAsync(producer, entry.Sequence);
        Assert.Equal(entry.Hash, again.Hash);
        Assert.Equal(HashChain.HashDetails(again.Salt, EntryText.Details(again.Content)), HashChain.HashDetails(entry.Salt, EntryText.Details(entry.Content)));
    }

    [Fact]
    public async Task Under_a_legal_hold_nothing_sealed_is_destroyed()
    {
        using var producer = await fixture.NewAsync();
        var (admin, entry) = await SealAsync(producer, "\"secret\"");
        var row = Assert.Single(await Values.ListAsync(admin, producer.Tenant.Slug, entry, default));
        await fixture.Console.Services.GetRequiredService<HoldService>().PlaceAsync(
            admin, producer.Tenant.Slug, "Case 4711", "Dispute", new HoldFilter { Slug = "no-eval" }, Client.Unknown, default);
        var refused = await Assert.ThrowsAsync<RefusedException>(() =>
            Values.DestroyAsync(admin, producer.Tenant.Slug, entry.Sequence, row.Commitment, "why", Client.Unknown, default));
        Assert.Contains("Case 4711", refused.Message, StringComparison.Ordinal);
        Assert.False(Assert.Single(await Values.ListAsync(admin, producer.Tenant.Slug, entry, default)).IsDestroyed);
    }

    [Fact]
    public async Task Only_an_admin_of_the_tenant_opens_it()
    {
        using var producer = await fixture.NewAsync();
        using var other = await fixture.NewAsync();
        var (_, entry) = await SealAsync(producer, "\"secret\"");
        var auditor = (await fixture.Console.AddUserAsync(producer.Tenant, Role.Auditor)).Id;
        var stranger = (await fixture.Console.AddUserAsync(other.Tenant, Role.Admin)).Id;
        var row = Assert.Single(await Values.ListAsync(auditor, producer.Tenant.Slug, entry, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => Values.OpenAsync(auditor, producer.Tenant.Slug, entry.Sequence, row.Commitment, "why", Client.Unknown, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => Values.OpenAsync(stranger, producer.Tenant.Slug, entry.Sequence, row.Commitment, "why", Client.Unknown, default));
        await Assert.ThrowsAsync<RefusedException>(() => Values.OpenAsync(stranger, other.Tenant.Slug, entry.Sequence, row.Commitment, "why", Client.Unknown, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => Values.DestroyAsync(auditor, producer.Tenant.Slug, entry.Sequence, row.Commitment, "why", Client.Unknown, default));
        Assert.False(Assert.Single(await Values.ListAsync(auditor, producer.Tenant.Slug, entry, default)).IsDestroyed);
    }

    [Fact]
    public async Task What_must_not_enter_the_log_does_not_enter_what_is_sealed_either()
    {
        using var producer = await fixture.NewAsync();
        var (admin, entry) = await SealAsync(producer, """{"name":"Ada","db":"redis://:hunter2@h/"}""");
        var row = Assert.Single(await Values.ListAsync(admin, producer.Tenant.Slug, entry, default));
        var opened = await Values.OpenAsync(admin, producer.Tenant.Slug, entry.Sequence, row.Commitment, "why", Client.Unknown, default);
        Assert.Equal("""{"db":{"$redacted":"password_in_url"},"name":"Ada"}""", opened.Json);
    }

    [Fact]
    public async Task A_text_is_sealed_as_a_whole_and_opens_as_a_JSON_text()
    {
        using var producer = await fixture.NewAsync();
        var admin = await AdminWithRuleAsync(producer, new("why", RuleKind.Path, "/reasoning", RuleAct.Seal));
        var answer = await producer.SendAsync(Bodies.Entry(extra: ""","reasoning":"Because of \"Ada\".","user_agent":"x" """));
        Assert.Equal("""["/reasoning"]""", answer.Json.GetProperty("data")[0].GetProperty("redacted").GetRawText());
        var entry = await FindAsync(producer, answer.Places[0].Sequence);
        var row = Assert.Single(await Values.ListAsync(admin, producer.Tenant.Slug, entry, default));
        Assert.Equal($"[sealed: {row.Commitment}]", entry.Content.Reasoning);
        Assert.Equal("\"Because of \\\"Ada\\\".\"", (await Values.OpenAsync(admin, producer.Tenant.Slug, entry.Sequence, row.Commitment, "why", Client.Unknown, default)).Json);
    }

    [Fact]
    public async Task A_value_opens_under_its_own_key_and_in_its_own_place_alone()
    {
        using var producer = await fixture.NewAsync();
        var (_, entry) = await SealAsync(producer, "\"secret\"");
        var sealer = fixture.Console.Services.GetRequiredService<Sealer>();
        var kept = Assert.Single(await fixture.Console.Services.GetRequiredService<ISealedStore>().ListSealedAsync(producer.Tenant.Number, entry.Sequence, default));
        Assert.Equal("\"secret\"", Encoding.UTF8.GetString(sealer.Open(producer.Tenant.Id, kept).Canonical));
        Assert.Throws<StorageException>(() => sealer.Open(Guid.NewGuid(), kept));
        Assert.Throws<StorageException>(() => sealer.Open(producer.Tenant.Id, kept with { Commitment = EntryHash.Zero }));
        Assert.Throws<StorageException>(() => sealer.Open(producer.Tenant.Id, kept with { KeyId = new byte[8] }));
        var keyFile = Path.Combine(fixture.Console.DataDirectory, "seal.key");
        Assert.Equal(32, Convert.FromBase64String((await File.ReadAllTextAsync(keyFile)).Trim()).Length);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(keyFile));
        }
    }

    [Fact]
    public async Task A_repeat_with_the_same_idempotency_key_seals_nothing_twice()
    {
        using var producer = await fixture.NewAsync();
        var admin = await AdminWithRuleAsync(producer, new("who", RuleKind.Path, "/metadata/user", RuleAct.Seal));
        var body = Bodies.Entry(extra: ""","metadata":{"user":"Ada"}""");
        var (first, second) = (await producer.SendAsync(body, "k"), await producer.SendAsync(body, "k"));
        Assert.Equal((first.Body, true), (second.Body, second.Replayed));
        var entry = await FindAsync(producer, first.Places[0].Sequence);
        Assert.False(Assert.Single(await Values.ListAsync(admin, producer.Tenant.Slug, entry, default)).IsDestroyed);
        Assert.Empty(await fixture.Console.Services.GetRequiredService<ISealedStore>().ListSealedAsync(producer.Tenant.Number, entry.Sequence + 1, default));
    }

    private async Task<string> AdminWithRuleAsync(Producer producer, RuleDraft rule)
    {
        var admin = (await fixture.Console.AddUserAsync(producer.Tenant, Role.Admin)).Id;
        await fixture.Console.Services.GetRequiredService<RedactionService>().AddAsync(admin, producer.Tenant.Slug, rule, Client.Unknown, default);
        return admin;
    }

    private async Task<(string Admin, AuditEntry Entry)> SealAsync(Producer producer, string user)
    {
        var admin = await AdminWithRuleAsync(producer, new("who", RuleKind.Path, "/metadata/user", RuleAct.Seal));
        var answer = await producer.SendAsync(Bodies.Entry(extra: $$""","metadata":{"user":{{user}} }"""));
        Assert.True(answer.Status == 201, answer.Body);
        return (admin, await FindAsync(producer, answer.Places[0].Sequence));
    }

    private void AssertNowhere(string secret) => Assert.False(IsInFile(Encoding.UTF8.GetBytes(secret)));

    private bool IsInFile(byte[] bytes)
    {
        foreach (var name in new[] { "audit-console.db", "audit-console.db-wal" })
        {
            using var file = new FileStream(Path.Combine(fixture.Console.DataDirectory, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var content = new byte[file.Length];
            file.ReadExactly(content);
            if (content.AsSpan().IndexOf(bytes) >= 0)
            {
                return true;
            }
        }
        return false;
    }

    private static async Task<AuditEntry> FindAsync(Producer producer, long sequence) =>
        (await producer.Store.FindAsync(new(producer.Tenant.Number, producer.Tenant.Id, DateTimeOffset.UnixEpoch), sequence, CancellationToken.None))!;
}
