using System.Net;
using System.Text;
using System.Text.Json;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Tests.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Tests.ApiKeys;

[Collection(ConsoleTests.Name)]
public sealed class ApiKeyAuthenticationTests(ConsoleFixture fixture)
{
    private const string Entry = """{"actor":{"type":"user","id":"usr_1"},"action":"RuleCreated","target":{"type":"Rule","id":"rul_1"}}""";

    private readonly ConsoleFactory _console = fixture.Console;

    [Fact]
    public async Task A_key_works_in_either_header_and_two_different_ones_are_refused()
    {
        var tenant = await _console.AddTenantAsync("key-headers");
        var (key, other) = (await _console.AddKeyAsync(tenant), await _console.AddKeyAsync(tenant));

        Assert.Equal((201, null), await PostAsync(("Authorization", $"Bearer {key.Text}")));
        Assert.Equal((201, null), await PostAsync(("X-API-Key", key.Text)));
        Assert.Equal((201, null), await PostAsync(("X-API-Key", key.Text), ("Authorization", $"bearer {key.Text}")));
        Assert.Equal((400, "invalid_header"), await PostAsync(("X-API-Key", key.Text), ("Authorization", $"Bearer {other.Text}")));
        Assert.Equal((401, "unauthenticated"), await PostAsync(("X-API-Key", ApiKeyText.Create())));
        Assert.Equal((401, "unauthenticated"), await PostAsync(("Authorization", $"Basic {key.Text}")));
    }

    [Fact]
    public async Task An_expired_key_is_refused_and_its_last_use_is_known_to_the_minute()
    {
        var tenant = await _console.AddTenantAsync("key-expiry");
        var admin = await _console.AddUserAsync(tenant, Role.Admin);
        var keys = _console.Services.GetRequiredService<ApiKeyService>();
        var (used, ended) = (await _console.AddKeyAsync(tenant, "used"), await _console.AddKeyAsync(tenant, "ended", KeyExpiry.Days30));
        await using (var context = await _console.Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync())
        {
            var row = await context.ApiKeys.SingleAsync(key => key.Id == ended.Id);
            Assert.Equal(row.CreatedAt.AddDays(30), row.ExpiresAt);
            row.ExpiresAt = row.CreatedAt;
            await context.SaveChangesAsync();
        }

        Assert.Equal((401, "unauthenticated"), await PostAsync(("X-API-Key", ended.Text)));
        Assert.Equal((201, null), await PostAsync(("X-API-Key", used.Text)));

        var rows = await keys.ListAsync(admin.Id, tenant.Slug, CancellationToken.None);
        Assert.Equal(0, Assert.Single(rows, row => row.Id == used.Id).LastUsedAt?.Second);
        Assert.Null(Assert.Single(rows, row => row.Id == ended.Id).LastUsedAt);
    }

    [Fact]
    public async Task A_scope_that_there_is_not_is_refused_by_name()
    {
        var tenant = await _console.AddTenantAsync("key-scopes");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _console.Services.GetRequiredService<ApiKeyService>()
            .CreateFromConsoleAsync(tenant, "reader", ["events:write", "events:delete"], KeyExpiry.None, CancellationToken.None));
        Assert.Contains("events:delete", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Making_and_revoking_are_recorded_under_the_first_name_and_renaming_is_not()
    {
        var tenant = await _console.AddTenantAsync("key-entries");
        var admin = await _console.AddUserAsync(tenant, Role.Admin);
        var keys = _console.Services.GetRequiredService<ApiKeyService>();
        var key = await keys.CreateAsync(admin.Id, tenant.Slug, "first", [ApiKeyPolicies.EventsWriteScope], KeyExpiry.Year, Client.Unknown, CancellationToken.None);
        await keys.RenameAsync(admin.Id, tenant.Slug, key.Id, "second", CancellationToken.None);
        await keys.RevokeAsync(admin.Id, tenant.Slug, key.Id, Client.Unknown, CancellationToken.None);

        var entries = await _console.EntriesAsync(tenant);

        Assert.Equal(["ApiKeyRevoked", "ApiKeyCreated", "MemberAdded"], entries.Select(entry => entry.Content.Action));
        Assert.All(entries.Take(2), entry =>
        {
            Assert.Equal(("user", admin.Id, admin.Email), (entry.Content.Actor.Type, entry.Content.Actor.Id, entry.Content.Actor.Name));
            Assert.Equal($"user:{admin.Id}", entry.RecordedBy);
            Assert.Equal(("ApiKey", key.Id, "first"), (entry.Content.Target.Type, entry.Content.Target.Id, entry.Content.Target.Slug));
        });
        Assert.Equal("second", entries[0].Content.Target.Name);
    }

    [Fact]
    public async Task No_key_password_or_link_stands_in_a_file_or_a_log_line()
    {
        var lines = new LogLines();
        _console.Services.GetRequiredService<ILoggerFactory>().AddProvider(lines);
        var tenant = await _console.AddTenantAsync("no-secrets");
        var admin = await _console.AddUserAsync(tenant, Role.Admin);
        var key = await _console.AddKeyAsync(tenant);
        using var client = _console.NewClient();
        await client.SignInAsync(admin.Email, admin.Password);
        await client.SignInAsync(admin.Email, "a wrong password nobody has");
        await PostAsync(("X-API-Key", key.Text));
        var link = await _console.Services.GetRequiredService<MemberService>().NewLinkAsync(admin.Id, tenant.Slug, admin.Id, CancellationToken.None);
        await client.GetAsync(link);
        var secrets = new[] { key.Text, key.Text[9..40], admin.Password, "a wrong password nobody has", link[(link.IndexOf("token=", StringComparison.Ordinal) + 6)..] };

        var places = Directory.EnumerateFiles(_console.DataDirectory, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal) && !file.EndsWith(".sock", StringComparison.Ordinal))
            .Select(file => (file, Encoding.Latin1.GetString(ReadShared(file)))).Append(("log", lines.Text)).ToList();

        Assert.Contains(places, place => place.Item2.Contains(key.Id, StringComparison.Ordinal));
        foreach (var (place, text) in places)
        {
            Assert.All(secrets, secret => Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{place} holds {secret}"));
        }
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes;
    }

    private async Task<(int, string?)> PostAsync(params (string Name, string Value)[] headers)
    {
        using var client = _console.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/audit-log") { Content = new StringContent(Entry, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await client.SendAsync(request);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return ((int)response.StatusCode, body.RootElement.TryGetProperty("code", out var code) ? code.GetString() : null);
    }
}
