using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Signatures;
using AuditConsole.Tests.Core;
using AuditConsole.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Signatures;

/// <summary>Entries that producers sign with their own keys, over a real connection.</summary>
public sealed class SignedEntryTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    private SigningKeyService Keys => fixture.Console.Services.GetRequiredService<SigningKeyService>();

    [Fact]
    public async Task A_signed_entry_is_taken_and_still_verifies_when_it_is_read_back_and_exported()
    {
        using var producer = await fixture.NewAsync();
        using var signer = await Signer.RegisterAsync(fixture.Console, producer);
        var answer = await producer.SendAsync(signer.Sign(Signer.Entry(), producer).ToJsonString());
        Assert.True(answer.Status == 201, answer.Body);
        var stored = await FindAsync(producer, answer.Places[0].Sequence);
        using var key = ECDsa.Create();
        key.ImportFromPem(signer.PublicPem);
        Assert.True(stored.Content.Signature!.Verify(key, stored.Content, stored.TenantId));
        Assert.False(stored.Content.Signature.Verify(key, stored.Content with { Action = "RuleArchived" }, stored.TenantId));

        var exported = new System.Buffers.ArrayBufferWriter<byte>();
        EntryJson.Write(stored, exported);
        using var json = JsonDocument.Parse(exported.WrittenMemory);
        Assert.Equal(stored.Content.Signature.Value, json.RootElement.GetProperty("signature").GetProperty("value").GetString());
        Assert.Equal(signer.KeyId, json.RootElement.GetProperty("signature").GetProperty("key_id").GetString());
    }

    [Fact]
    public async Task A_signature_over_anything_else_is_refused()
    {
        using var producer = await fixture.NewAsync();
        using var other = await fixture.NewAsync();
        using var signer = await Signer.RegisterAsync(fixture.Console, producer);
        using var second = await Signer.RegisterAsync(fixture.Console, producer);
        await RefusedAsync(producer, Change(signer.Sign(Signer.Entry(), producer), "action", "RuleArchived"), "signature_invalid", "signature.value");
        await RefusedAsync(producer, Change(signer.Sign(Signer.Entry(), producer), "engine_version", "1"), "signature_invalid", "signature.value");
        // Of another tenant: what was signed for one can't be sent to another, even under the same key.
        await RefusedAsync(producer, signer.Sign(Signer.Entry(), other), "signature_invalid", "signature.value");
        var swapped = signer.Sign(Signer.Entry(), producer);
        swapped["signature"]!["key_id"] = second.KeyId;
        await RefusedAsync(producer, swapped, "signature_invalid", "signature.value");
        foreach (var value in new[] { "AA==", Convert.ToBase64String(new byte[64]), Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('0', 70))) })
        {
            var broken = signer.Sign(Signer.Entry(), producer);
            broken["signature"]!["value"] = value;
            await RefusedAsync(producer, broken, "signature_invalid", "signature.value");
        }
        var noBase64 = signer.Sign(Signer.Entry(), producer);
        noBase64["signature"]!["value"] = "not base64!";
        await RefusedAsync(producer, noBase64, "invalid_entry", "signature.value");
        Assert.Equal(3, await producer.CountAsync());
    }

    [Fact]
    public async Task A_key_is_good_for_its_own_tenant_until_it_is_revoked_and_what_it_signed_stays()
    {
        using var producer = await fixture.NewAsync();
        using var other = await fixture.NewAsync();
        using var signer = await Signer.RegisterAsync(fixture.Console, producer);
        await RefusedAsync(other, signer.Sign(Signer.Entry(), other), "signature_key_unknown", "signature.key_id");
        var taken = await producer.SendAsync(signer.Sign(Signer.Entry(), producer).ToJsonString());
        Assert.Equal(201, taken.Status);
        var admin = await fixture.Console.AddUserAsync(producer.Tenant, Role.Admin);
        await Keys.RevokeAsync(admin.Id, producer.Tenant.Slug, signer.KeyId, Client.Unknown, CancellationToken.None);
        await RefusedAsync(producer, signer.Sign(Signer.Entry(), producer), "signature_key_unknown", "signature.key_id");
        Assert.NotNull((await FindAsync(producer, taken.Places[0].Sequence)).Content.Signature);
        Assert.Equal(("SigningKeyRevoked", signer.KeyId), await LastAsync(producer));
    }

    [Theory]
    [InlineData("occurred_at", null, "occurred_at")]
    [InlineData("occurred_at", "\"2026-11-21T17:42:07.318+01:00\"", "occurred_at")]
    [InlineData("occurred_at", "\"2026-11-21T16:42:07.3189Z\"", "occurred_at")]
    [InlineData("occurred_at", "\"2026-11-21T16:42:07Z\"", "occurred_at")]
    [InlineData("ip", "\"::ffff:203.0.113.42\"", "ip")]
    [InlineData("ip", "\"2001:DB8:0::1\"", "ip")]
    [InlineData("metadata", null, "metadata")]
    [InlineData("targets", "[]", "targets")]
    [InlineData("metadata", "{\"a\":[{\"b\":-0.0}]}", "metadata.a[0].b")]
    [InlineData("reasoning", "\"see https://ci:hunter2@example.com/\"", "reasoning")]
    [InlineData("metadata", "{\"url\":\"https://ci:hunter2@example.com/\"}", "metadata.url")]
    public async Task What_would_be_changed_on_its_way_into_the_log_is_refused_by_name(string field, string? value, string named)
    {
        using var producer = await fixture.NewAsync();
        using var signer = await Signer.RegisterAsync(fixture.Console, producer);
        var entry = Signer.Entry();
        if (value is null)
        {
            entry.Remove(field);
        }
        else
        {
            entry[field] = JsonNode.Parse(value);
        }
        await RefusedAsync(producer, signer.Sign(entry, producer), "signed_entry_would_change", named);
    }

    [Fact]
    public async Task An_account_can_take_signed_entries_alone_and_still_write_its_own()
    {
        using var producer = await fixture.NewAsync();
        var admin = await fixture.Console.AddUserAsync(producer.Tenant, Role.Admin);
        await Assert.ThrowsAsync<RefusedException>(() => Keys.RequireAsync(admin.Id, producer.Tenant.Slug, true, Client.Unknown, CancellationToken.None));
        using var signer = await Signer.RegisterAsync(fixture.Console, producer);
        await Keys.RequireAsync(admin.Id, producer.Tenant.Slug, true, Client.Unknown, CancellationToken.None);
        Assert.Equal("SignatureRequirementChanged", (await LastAsync(producer)).Action);
        var refused = await producer.SendAsync($"[{signer.Sign(Signer.Entry(), producer).ToJsonString()},{Bodies.Entry()}]");
        refused.AssertError(422, "signature_required");
        Assert.Equal(["[1].signature"], refused.Fields);
        var imported = await fixture.Console.Services.GetRequiredService<ImportService>().ImportAsync(
            producer.Tenant, new MemoryStream(Encoding.UTF8.GetBytes(Bodies.Entry())), false, _ => Task.CompletedTask, CancellationToken.None);
        Assert.Equal("signature", Assert.Single(imported.Problems).Field);
        Assert.Equal(201, (await producer.SendAsync(signer.Sign(Signer.Entry(), producer).ToJsonString())).Status);
        await Keys.RequireAsync(admin.Id, producer.Tenant.Slug, false, Client.Unknown, CancellationToken.None);
        Assert.Equal(201, (await producer.SendAsync(Bodies.Entry())).Status);
    }

    [Fact]
    public async Task Only_a_public_key_of_the_right_curve_is_registered_and_only_once()
    {
        using var producer = await fixture.NewAsync();
        using var signer = await Signer.RegisterAsync(fixture.Console, producer);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        foreach (var (pem, why) in new[]
        {
            (signer.PrivatePem, "private key"), (other.ExportSubjectPublicKeyInfoPem(), "P-256"), (rsa.ExportSubjectPublicKeyInfoPem(), "P-256"),
            ("", "P-256"), ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "P-256"), (signer.PublicPem, "registered already"),
        })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => Keys.AddFromConsoleAsync(producer.Tenant, "web", pem, CancellationToken.None));
            Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(("SigningKeyRegistered", signer.KeyId), await LastAsync(producer));
    }

    [Fact]
    public async Task The_published_Python_signs_as_it_says()
    {
        var document = RepositoryFile.Read("docs/signing.md").ReplaceLineEndings("\n");
        var script = Regex.Match(document, "^```python\n(.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (folders.Select(folder => Path.Combine(folder, "python3")).FirstOrDefault(File.Exists) is not { } python
            || !folders.Any(folder => File.Exists(Path.Combine(folder, "openssl"))))
        {
            // A machine without them has the other tests.
            return;
        }
        using var producer = await fixture.NewAsync();
        using var signer = await Signer.RegisterAsync(fixture.Console, producer);
        var keyFile = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(keyFile, signer.PrivatePem);
            using var run = Process.Start(new ProcessStartInfo(python, ["-I", "-"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                Environment =
                {
                    ["NOW"] = WireTime.Format(TimeProvider.System.GetUtcNow()), ["TENANT_ID"] = producer.Tenant.Id.ToString(), ["KEY_FILE"] = keyFile,
                    ["KEY_ID"] = signer.KeyId, ["URL"] = fixture.Console.Address.ToString().TrimEnd('/'), ["API_KEY"] = producer.Key,
                    ["NO_PROXY"] = "127.0.0.1,localhost", ["no_proxy"] = "127.0.0.1,localhost",
                },
            })!;
            await using (var input = new StreamWriter(run.StandardInput.BaseStream, new UTF8Encoding(false)))
            {
                await input.WriteAsync(script);
            }
            Assert.Equal("201", (await run.StandardOutput.ReadToEndAsync()).Trim());
            await run.WaitForExitAsync();
        }
        finally
        {
            File.Delete(keyFile);
        }
    }

    [Fact]
    public void The_published_C_sharp_is_what_these_tests_sign_with()
    {
        var document = RepositoryFile.Read("docs/signing.md").ReplaceLineEndings("\n");
        var published = Regex.Match(document, "^```csharp\nstatic (.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
        var used = RepositoryFile.Read("AuditConsole.Tests/Signatures/Signer.cs").ReplaceLineEndings("\n");
        Assert.Contains(published.Replace("\n", "\n    ", StringComparison.Ordinal).Replace("\n    \n", "\n\n", StringComparison.Ordinal), used, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_over_any_entry_verifies_after_its_details_were_stored_and_read() => Property.Holds(seed =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var tenant = Guid.NewGuid();
        var entry = new RandomEntry(seed).Content();
        var value = key.SignData(EntrySignature.SignedText(entry, tenant), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var signed = entry with { Signature = new EntrySignature("sgk_1", Convert.ToBase64String(value)) };
        var head = signed with { Actor = new Actor(entry.Actor.Type, entry.Actor.Id), Target = entry.Target with { Name = null, Metadata = null } };
        var read = EntryJson.WithDetails(head, EntryText.Details(signed));
        return read.Signature!.Verify(key, read, tenant);
    });

    private static JsonObject Change(JsonObject entry, string field, JsonNode value)
    {
        entry[field] = value;
        return entry;
    }

    private static async Task RefusedAsync(Producer producer, JsonObject entry, string code, string field)
    {
        var answer = await producer.SendAsync(entry.ToJsonString());
        answer.AssertError(422, code);
        Assert.Equal([field], answer.Fields);
        var inBatch = await producer.SendAsync($"[{entry.ToJsonString()}]");
        Assert.Equal([$"[0].{field}"], inBatch.Fields);
    }

    private static async Task<AuditEntry> FindAsync(Producer producer, long sequence) =>
        (await producer.Store.FindAsync(new(producer.Tenant.Number, producer.Tenant.Id, DateTimeOffset.UnixEpoch), sequence, CancellationToken.None))!;

    private static async Task<(string Action, string Target)> LastAsync(Producer producer)
    {
        var last = await FindAsync(producer, await producer.CountAsync());
        return (last.Content.Action, last.Content.Target.Id);
    }
}
