using AuditConsole.Checkpoints;
using AuditConsole.Core.Evidence;
using AuditConsole.Identity;
using AuditConsole.Integrity;
using AuditConsole.Storage;
using AuditConsole.Tenants;
using AuditConsole.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Checkpoints;

/// <summary>A backup is put back, and an operator goes on with it; keys are changed.</summary>
public sealed class RestoreTests : IAsyncLifetime
{
    private readonly TestStorage _storage = new();
    private int _tenant;

    private CheckpointService Checkpoints => _storage.Services.GetRequiredService<CheckpointService>();

    private SigningKey Key => _storage.Services.GetRequiredService<SigningKey>();

    public async Task InitializeAsync()
    {
        await _storage.InitializeAsync();
        _tenant = await _storage.AddTenantAsync();
    }

    public async Task DisposeAsync() => await _storage.DisposeAsync();

    [Fact]
    public async Task A_restored_backup_is_signed_again_only_after_that_was_accepted_and_recorded()
    {
        await AppendAsync(5);
        await Checkpoints.SignNowAsync(_tenant, default);
        var folder = Directory.CreateTempSubdirectory("audit-restore-").FullName;
        var backup = Path.Combine(folder, "backup.db");
        await _storage.Services.GetRequiredService<BackupService>().BackupAsync(backup, default);
        await AppendAsync(5);
        await Checkpoints.SignNowAsync(_tenant, default);
        await _storage.StopAsync();
        File.Copy(backup, _storage.DatabaseFile, overwrite: true);
        File.Delete(_storage.DatabaseFile + "-wal");
        Directory.Delete(folder, recursive: true);
        await _storage.InitializeAsync();

        Assert.False(await Checkpoints.SignNowAsync(_tenant, default));
        await Checkpoints.RunAsync(default);
        Assert.Contains("up to #10 was signed", Checkpoints.RefusalOf(_tenant));
        Assert.Equal([_tenant], Checkpoints.Refused);
        var signed = await Checkpoints.AcceptRestoreAsync(await TenantAsync(), " Disk failure ", default);

        Assert.Equal(6, signed.Size);
        Assert.Null(Checkpoints.RefusalOf(_tenant));
        var entry = await _storage.Store.FindAsync(TestEntries.Scope(_tenant), 6, default);
        Assert.Equal("RestoreAccepted", entry!.Content.Action);
        Assert.Contains("\"reason\":\"Disk failure\",", entry.Content.Metadata.ToString());
        Assert.Contains("\"signed_size\":10", entry.Content.Metadata.ToString());
        Assert.Contains("\"size\":5", entry.Content.Metadata.ToString());
        await AppendAsync(10);
        Assert.True(await Checkpoints.SignNowAsync(_tenant, default));
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
        await _storage.RestartAsync();
        Assert.Empty(await Checkpoints.RunAsync(default));
        Assert.Null(Checkpoints.RefusalOf(_tenant));
    }

    [Fact]
    public async Task Where_everything_agrees_there_is_nothing_to_accept()
    {
        await AppendAsync(5);
        await Checkpoints.SignNowAsync(_tenant, default);
        var tenant = await TenantAsync();
        Assert.Contains("nothing to accept", (await Assert.ThrowsAsync<RefusedException>(() => Checkpoints.AcceptRestoreAsync(tenant, "because", default))).Message);
        Assert.Contains("reason", (await Assert.ThrowsAsync<RefusedException>(() => Checkpoints.AcceptRestoreAsync(tenant, " ", default))).Message);
        Assert.Equal(5, (await _storage.Store.ReadHeadAsync(_tenant, default)).Size);
    }

    [Fact]
    public async Task A_new_key_is_signed_by_the_old_one_and_recorded_in_every_tenant()
    {
        var other = await _storage.AddTenantAsync();
        await AppendAsync(5);
        await Checkpoints.SignNowAsync(_tenant, default);
        var old = Key.Public!;

        var fresh = await Checkpoints.RotateKeyAsync(isLost: false, "Yearly change", default);

        Assert.NotEqual(old.Id, fresh.Id);
        var previous = Assert.Single(Key.Previous);
        var note = SignedNote.Parse(previous.Note!);
        Assert.Equal(NoteTrust.Signed, note.Check(old, "audit-console"));
        Assert.Equal($"key {fresh.ToLine("audit-console")}", note.Lines[1]);
        foreach (var tenant in new[] { _tenant, other })
        {
            var head = await _storage.Store.ReadHeadAsync(tenant, default);
            var entry = await _storage.Store.FindAsync(TestEntries.Scope(tenant), head.Size, default);
            Assert.Equal("CheckpointKeyRotated", entry!.Content.Action);
            Assert.Contains(fresh.IdText, entry.Content.Metadata.ToString());
        }
        Assert.True(await Checkpoints.SignNowAsync(_tenant, default));
        // Checkpoints of both keys hold, after a restart as well.
        await _storage.RestartAsync();
        await Checkpoints.OpenAsync(default);
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
        Assert.Equal([fresh.Id, old.Id], Key.All.Select(key => key.Id));
        Assert.Equal(2, await CountRowsAsync());
    }

    [Fact]
    public async Task A_rotation_that_was_broken_off_before_the_new_key_took_its_place_never_was()
    {
        await AppendAsync(5);
        await Checkpoints.SignNowAsync(_tenant, default);
        var (id, pem) = (Key.Public!.Id, await File.ReadAllTextAsync(Key.Path));
        await Checkpoints.RotateKeyAsync(isLost: false, "Yearly change", default);
        await _storage.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(_storage.Directory, "checkpoint-key.pem"), pem);
        await _storage.InitializeAsync();

        await Checkpoints.OpenAsync(default);

        Assert.Equal(id, Key.Public!.Id);
        Assert.Empty(Key.Previous);
    }

    [Fact]
    public async Task A_rotation_that_was_broken_off_before_it_was_recorded_is_recorded_once()
    {
        await AppendAsync(5);
        await Checkpoints.SignNowAsync(_tenant, default);
        await Checkpoints.RotateKeyAsync(isLost: false, "Yearly change", default);
        await _storage.StopAsync();
        var file = Path.Combine(_storage.Directory, "checkpoint-key.pem.previous.json");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"isRecorded\": true", "\"isRecorded\": false", StringComparison.Ordinal));
        await _storage.InitializeAsync();
        await Checkpoints.OpenAsync(default);

        Assert.Equal(6, (await _storage.Store.ReadHeadAsync(_tenant, default)).Size);
        Assert.Contains("\"isRecorded\": true", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task A_lost_key_is_replaced_only_if_it_is_gone_and_what_it_signed_is_no_alarm()
    {
        await AppendAsync(5);
        await Checkpoints.SignNowAsync(_tenant, default);
        var old = Key.Public!.IdText;
        Assert.Contains("not lost", (await Assert.ThrowsAsync<RefusedException>(() => Checkpoints.RotateKeyAsync(isLost: true, "Gone", default))).Message);
        await _storage.StopAsync();
        File.Delete(Path.Combine(_storage.Directory, "checkpoint-key.pem"));
        await _storage.InitializeAsync();
        await Checkpoints.OpenAsync(default);
        Assert.NotNull(Checkpoints.Problem);

        await Checkpoints.RotateKeyAsync(isLost: true, "Gone with the disk", default);

        Assert.Null(Checkpoints.Problem);
        Assert.Equal((old, null, null), Key.Previous is [var lost] ? (lost.Id, lost.Pem, lost.Note) : default);
        Assert.True(await Checkpoints.SignNowAsync(_tenant, default));
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
    }

    private async Task<int> CountRowsAsync()
    {
        await using var context = await _storage.Contexts.CreateDbContextAsync();
        return await context.Set<StoredCheckpoint>().CountAsync();
    }

    private async Task<Tenant> TenantAsync()
    {
        await using var context = await _storage.Contexts.CreateDbContextAsync();
        return await context.Tenants.AsNoTracking().SingleAsync(tenant => tenant.Number == _tenant);
    }

    private Task AppendAsync(int count) =>
        _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(0, count).Select(_ => TestEntries.Entry())]), default);
}
