using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Sealing;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AuditConsole.Tests.Sealing;

/// <summary>The file of the keys that seal: changed by its operator, or gone.</summary>
public sealed class SealKeyTests(TestStorage storage) : IClassFixture<TestStorage>
{
    private static readonly Guid Tenant = Guid.NewGuid();

    private string KeyFile => Path.Combine(storage.Directory, "seal.key");

    [Fact]
    public async Task A_new_key_seals_and_the_old_ones_open_until_their_line_is_gone()
    {
        await ForgetAsync();
        var old = NewSealer().Seal(Tenant, "rule", "/metadata/x", "\"old\""u8);
        var first = (await File.ReadAllTextAsync(KeyFile)).Trim();
        await File.WriteAllTextAsync(KeyFile, $"{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}\n\n{first}\n");
        var rotated = NewSealer();
        var fresh = rotated.Seal(Tenant, "rule", "/metadata/x", "\"new\""u8);
        Assert.NotEqual(old.KeyId, fresh.KeyId);
        Assert.Equal("\"old\"", System.Text.Encoding.UTF8.GetString(rotated.Open(Tenant, old).Canonical));
        Assert.Equal("\"new\"", System.Text.Encoding.UTF8.GetString(rotated.Open(Tenant, fresh).Canonical));

        await File.WriteAllTextAsync(KeyFile, first);
        var refused = Assert.Throws<StorageException>(() => NewSealer().Open(Tenant, fresh));
        Assert.Contains(Convert.ToHexStringLower(fresh.KeyId), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_gone_is_not_replaced_while_values_are_sealed_with_it()
    {
        await ForgetAsync();
        var key = NewKey();
        Assert.Null(key.FindProblem());
        Assert.False(File.Exists(KeyFile));
        var value = new Sealer(key).Seal(Tenant, "rule", "/metadata/x", "\"secret\""u8);
        var tenant = await storage.AddTenantAsync();
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()) with { Sealed = [new SealedPlace(0, value)] }, default);
        var kept = await File.ReadAllTextAsync(KeyFile);
        File.Delete(KeyFile);

        var after = NewKey();
        Assert.Contains("is gone, and values are sealed with it", after.FindProblem(), StringComparison.Ordinal);
        Assert.Throws<StorageException>(() => new Sealer(after).Seal(Tenant, "rule", "/metadata/x", "1"u8));
        Assert.Throws<StorageException>(() => new Sealer(after).Open(Tenant, value));
        Assert.False(File.Exists(KeyFile));

        await File.WriteAllTextAsync(KeyFile, kept);
        Assert.Null(after.FindProblem());
        Assert.Equal("\"secret\"", System.Text.Encoding.UTF8.GetString(new Sealer(after).Open(Tenant, value).Canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA\n")]
    [InlineData("no key at all\n")]
    public async Task A_file_that_holds_something_else_is_refused(string text)
    {
        await ForgetAsync();
        await File.WriteAllTextAsync(KeyFile, text);
        Assert.Contains("doesn't hold keys", NewKey().FindProblem(), StringComparison.Ordinal);
    }

    private async Task ForgetAsync()
    {
        File.Delete(KeyFile);
        await using var context = await storage.Contexts.CreateDbContextAsync();
        await context.Database.ExecuteSqlAsync($"DELETE FROM sealed_value");
    }

    private SealKey NewKey() => new(storage.Services.GetRequiredService<DataDirectory>(), Options.Create(new SealOptions()), storage.Contexts);

    private Sealer NewSealer() => new(NewKey());
}
