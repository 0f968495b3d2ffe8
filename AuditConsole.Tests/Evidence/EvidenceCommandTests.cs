using System.Security.Cryptography;
using AuditConsole.Checkpoints;
using AuditConsole.CommandLine;
using AuditConsole.Core.Evidence;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using AuditConsole.Tests.Ingest;
using AuditConsole.Tests.Signatures;
using AuditConsole.Tests.Storage;
using AuditConsole.Verify;
using AuditConsole.Verify.Reports;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Evidence;

/// <summary>Verbs that change what is proved, run as the server runs them for its command line.</summary>
public sealed class EvidenceCommandTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    [Fact]
    public async Task Signing_keys_are_added_listed_and_revoked()
    {
        using var producer = await fixture.NewAsync();
        using var signer = Signer.New();
        var added = await RunAsync(signer.PublicPem, "signing-keys", "add", "--tenant", producer.Tenant.Slug, "--name", "web");
        Assert.Equal(0, added.Exit);
        signer.KeyId = added.Out.Trim();
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(CheckpointKey.Parse(signer.PublicPem).Spki.Span));
        var cells = (await RunAsync("", "signing-keys", "list", "--tenant", producer.Tenant.Slug)).Out.TrimEnd().Split('\t');
        Assert.Equal((signer.KeyId, "active", fingerprint, "web"), (cells[0], cells[1], cells[3], cells[4]));
        Assert.Equal(201, (await producer.SendAsync(signer.Sign(Signer.Entry(), producer).ToJsonString())).Status);

        Assert.Equal(0, (await RunAsync("", "signing-keys", "revoke", "--tenant", producer.Tenant.Slug, "--key", signer.KeyId)).Exit);
        (await producer.SendAsync(signer.Sign(Signer.Entry(), producer).ToJsonString())).AssertError(422, "signature_key_unknown");
        Assert.StartsWith("revoked ", (await RunAsync("", "signing-keys", "list", "--tenant", producer.Tenant.Slug)).Out.Split('\t')[1], StringComparison.Ordinal);
        Assert.Equal("SigningKeyRevoked", (await fixture.Console.EntriesAsync(producer.Tenant))[0].Content.Action);
        foreach (var (key, why) in new[] { (signer.KeyId, "revoked already"), ("sgk_none", "no signing key sgk_none") })
        {
            var refused = await RunAsync("", "signing-keys", "revoke", "--tenant", producer.Tenant.Slug, "--key", key);
            Assert.Equal((1, ""), (refused.Exit, refused.Out));
            Assert.Contains(why, refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_restore_is_accepted_where_there_was_one()
    {
        using var producer = await fixture.NewAsync();
        var refused = await RunAsync("", "tenants", "accept-restore", "--tenant", producer.Tenant.Slug, "--reason", "Disk failure");
        Assert.Equal((1, ""), (refused.Exit, refused.Out));
        Assert.Contains("nothing to accept", refused.Error, StringComparison.Ordinal);

        var folder = Directory.CreateTempSubdirectory("audit-restored-").FullName;
        try
        {
            await using (var signed = await StartAsync(folder))
            {
                var tenant = await signed.Services.GetRequiredService<TenantService>().AddAsync("acme", "Acme", null, default);
                await signed.Services.GetRequiredService<IEntryStore>().AppendAsync(TestEntries.Request(tenant.Number, TestEntries.Entry()) with { TenantId = tenant.Id }, default);
                Assert.True(await signed.Services.GetRequiredService<CheckpointService>().SignNowAsync(tenant.Number, default));
                // As if the database were of a time before what was signed last.
                var file = signed.Services.GetRequiredService<HighWaterFile>();
                file.Write(file.Read()!.ToDictionary(mark => mark.Key, mark => mark.Value with { Size = mark.Value.Size + 5 }));
                await signed.Services.GetRequiredService<StorageHost>().StopAsync(default);
            }
            await using var restored = await StartAsync(folder);
            var accepted = await RunAsync(restored.Services, "", "tenants", "accept-restore", "--tenant", "acme", "--reason", "Disk failure");
            Assert.Equal((0, "acme: accepted and recorded; signed up to #2\n"), (accepted.Exit, accepted.Out.ReplaceLineEndings("\n")));
            Assert.Equal(1, (await RunAsync(restored.Services, "", "tenants", "accept-restore", "--tenant", "acme", "--reason", "Again")).Exit);
            await restored.Services.GetRequiredService<StorageHost>().StopAsync(default);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_changed_key_is_printed_and_vouched_for_and_what_the_old_one_signed_still_verifies()
    {
        using var producer = await fixture.NewAsync();
        var checkpoints = fixture.Console.Services.GetRequiredService<CheckpointService>();
        using var folder = new EvidenceFolder();
        using var anybody = fixture.Console.NewClient();
        Assert.True(await checkpoints.SignNowAsync(producer.Tenant.Number, default));
        var before = folder.Write("before.txt", await anybody.GetByteArrayAsync($"/api/checkpoints?tenant_id={producer.Tenant.Id}&format=note"));
        var old = folder.Write("old.pem", await anybody.GetByteArrayAsync("/api/checkpoints/key"));

        var rotated = await RunAsync("", "checkpoints", "rotate-key", "--reason", "Yearly change");
        Assert.True(rotated.Exit == 0, rotated.Error);
        Assert.Equal(rotated.Out, await anybody.GetStringAsync("/api/checkpoints/key"));
        Assert.Contains("CheckpointKeyRotated", (await fixture.Console.EntriesAsync(producer.Tenant)).Select(entry => entry.Content.Action));
        await checkpoints.SignNowAsync(producer.Tenant.Number, default);
        var after = folder.Write("after.txt", await anybody.GetByteArrayAsync($"/api/checkpoints?tenant_id={producer.Tenant.Id}&format=note"));
        var fresh = folder.Write("new.pem", rotated.Out);
        Assert.Equal(
            (Verdict.Proved, Verdict.Unknown, Verdict.Proved, Verdict.Unknown),
            (Say(before, old), Say(before, fresh), Say(after, fresh), Say(after, old)));
        Assert.Equal(1, (await RunAsync("", "checkpoints", "rotate-key", "--reason", " ")).Exit);

        static Verdict Say(string checkpoint, string key) => VerifyProgram.Verify([checkpoint], [key]).Verdict;
    }

    private static async Task<WebApplication> StartAsync(string folder)
    {
        var app = ConsoleHost.BuildForCommand(WebApplication.CreateBuilder([$"--Storage:DataDirectory={folder}"]));
        await app.Services.GetRequiredService<StorageHost>().StartAsync(default);
        return app;
    }

    private Task<(int Exit, string Out, string Error)> RunAsync(string input, params string[] arguments) => RunAsync(fixture.Console.Services, input, arguments);

    private static async Task<(int Exit, string Out, string Error)> RunAsync(IServiceProvider services, string input, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var parsed = new CommandTable().Parse(arguments);
        Assert.Empty(parsed.Errors);
        var exit = await CommandTable.RunAsync(parsed, new CommandContext
        {
            Services = services,
            Input = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(input)),
            Out = output,
            Error = error,
        });
        return (exit, output.ToString(), error.ToString());
    }
}
