using AuditConsole.Core;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using AuditConsole.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Retention;

public sealed class RetentionTests : IAsyncLifetime
{
    private static readonly Actor Admin = new("user", "usr_7");

    private readonly TestStorage _storage = new();
    private int _tenant;

    private RetentionService Service => _storage.Services.GetRequiredService<RetentionService>();

    public async Task InitializeAsync()
    {
        await _storage.InitializeAsync();
        _tenant = await _storage.AddTenantAsync();
    }

    public async Task DisposeAsync() => await _storage.DisposeAsync();

    [Fact]
    public async Task A_longer_retention_holds_at_once_and_is_recorded()
    {
        // Read before, so that an old answer which is kept would be seen.
        Assert.True((await ScopeAsync()).ExpiredBefore > _storage.Clock.Now.AddDays(-3650));
        await Service.SetAsync(_tenant, 3650, Admin, "user:usr_7", default);
        Assert.Equal(("3650 days", null, null), await StateAsync());
        Assert.Equal(_storage.Clock.Now.AddDays(-3650), (await ScopeAsync()).ExpiredBefore);
        var entry = Assert.Single(await EntriesAsync());
        Assert.Equal(("RetentionChanged", Admin, "user:usr_7", "Tenant", "tenant-1"),
            (entry.Content.Action, entry.Content.Actor, entry.RecordedBy, entry.Content.Target.Type, entry.Content.Target.Slug));
        Assert.Equal($$"""{"effective_at":"{{WireTime.Format(_storage.Clock.Now)}}","from":"24 months","to":"3650 days"}""", entry.Content.Metadata.ToString());
        await Service.SetAsync(_tenant, 3650, Admin, "user:usr_7", default);
        await Service.ReconcileAsync(default);
        Assert.Single(await EntriesAsync());
    }

    [Fact]
    public async Task A_shorter_retention_holds_after_seven_days()
    {
        var from = _storage.Clock.Now.AddDays(7);
        await Service.SetAsync(_tenant, 30, Admin, "user:usr_7", default);
        Assert.Equal(("24 months", "30 days", from), await StateAsync());
        _storage.Clock.Now = from.AddMilliseconds(-1);
        await Service.ReconcileAsync(default);
        Assert.Equal(("24 months", "30 days", from), await StateAsync());
        Assert.Equal(_storage.Clock.Now.AddMonths(-24), (await ScopeAsync()).ExpiredBefore);
        _storage.Clock.Now = from;
        // Readers keep to the day whether or not the daily work has run.
        Assert.Equal(from.AddDays(-30), (await ScopeAsync()).ExpiredBefore);
        await Service.ReconcileAsync(default);
        Assert.Equal(("30 days", null, null), await StateAsync());
        var entry = Assert.Single(await EntriesAsync());
        Assert.Equal($$"""{"effective_at":"{{WireTime.Format(from)}}","from":"24 months","to":"30 days"}""", entry.Content.Metadata.ToString());
    }

    [Fact]
    public async Task A_shorter_retention_can_be_withdrawn_until_then()
    {
        await Service.SetAsync(_tenant, 30, Admin, "user:usr_7", default);
        await Service.SetAsync(_tenant, null, Admin, "user:usr_7", default);
        Assert.Equal(("24 months", null, null), await StateAsync());
        Assert.Contains("\"withdrawn\":\"30 days\"", (await EntriesAsync())[0].Content.Metadata.ToString());
        _storage.Clock.Advance(TimeSpan.FromDays(8));
        await Service.ReconcileAsync(default);
        Assert.Equal(("24 months", null, null), await StateAsync());
    }

    [Fact]
    public async Task A_changed_setting_of_the_service_reaches_tenants_without_their_own()
    {
        await _storage.StopAsync();
        await using var services = TestStorage.Build(_storage.Directory, _storage.Clock, ("Retention:Months", "36"));
        var host = services.GetRequiredService<StorageHost>();
        await host.StartAsync(default);
        await services.GetRequiredService<RetentionService>().ReconcileAsync(default);
        await host.StopAsync(default);
        await _storage.InitializeAsync();
        Assert.Equal(("36 months", null, null), await StateAsync());
        Assert.Equal(Actor.Service, Assert.Single(await EntriesAsync()).Content.Actor);
        await Service.ReconcileAsync(default);
        Assert.Equal(("36 months", "24 months", _storage.Clock.Now.AddDays(7)), await StateAsync());
    }

    [Fact]
    public async Task Two_at_once_leave_one_decision_after_the_other()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Task.Run(() => Service.SetAsync(_tenant, 1000 + i, Admin, "user:usr_7", default))));
        var (applied, pending, _) = await StateAsync();
        var entries = await EntriesAsync();
        Assert.Contains($"\"to\":\"{pending ?? applied}\"", entries[0].Content.Metadata.ToString());
        Assert.True((await _storage.VerifyAsync(_tenant)).Holds);
    }

    [Fact]
    public async Task Days_outside_the_limits_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Service.SetAsync(_tenant, 0, Admin, "user:usr_7", default));
        Assert.Empty(await EntriesAsync());
    }

    private async Task<(string Applied, string? Pending, DateTimeOffset? From)> StateAsync()
    {
        await using var context = await _storage.Contexts.CreateDbContextAsync();
        var tenant = await context.Tenants.SingleAsync();
        return (tenant.AppliedRetention, tenant.PendingRetention, tenant.PendingFrom);
    }

    private Task<ReadScope> ScopeAsync() => _storage.Services.GetRequiredService<ReadScopes>().OfAsync(_tenant, default);

    private async Task<IReadOnlyList<AuditEntry>> EntriesAsync() =>
        (await _storage.Store.ReadPageAsync(TestEntries.Filter(_tenant), new PageRequest(100), default)).Entries;
}
