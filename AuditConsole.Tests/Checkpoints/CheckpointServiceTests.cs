using System.Text.Json;
using AuditConsole.Checkpoints;
using AuditConsole.Core.Evidence;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Checkpoints;

/// <summary>When checkpoints are signed, what they say, and when they are not.</summary>
public sealed class CheckpointServiceTests : IAsyncLifetime
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
    public async Task A_checkpoint_states_the_head_and_is_signed_by_the_key_that_was_made()
    {
        await AppendAsync(3);

        var made = Assert.Single(await Checkpoints.RunAsync(default));

        var signed = SignedCheckpoint.Parse(made.Note);
        var head = await _storage.Store.ReadHeadAsync(_tenant, default);
        Assert.Equal(NoteTrust.Signed, signed.Check(CheckpointKey.Parse(Key.Public!.ToPem())));
        Assert.Equal(new Checkpoint("audit-console", TestEntries.IdOf(_tenant), 3, await RootAsync(3), head.Hash, _storage.Clock.Now), signed.Statement);
        Assert.Equal((made.Size, made.KeyId, made.Time), (3, Key.Public.IdText, _storage.Clock.Now));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key.Path));
        }
    }

    [Fact]
    public async Task Checkpoints_come_with_enough_news_or_after_a_minute_and_never_twice_a_second()
    {
        await AppendAsync(1);
        Assert.Single(await Checkpoints.RunAsync(default));
        Assert.Empty(await Checkpoints.RunAsync(default));

        await AppendAsync(999);
        Assert.Empty(await Checkpoints.RunAsync(default));
        await AppendAsync(1);
        Assert.Empty(await Checkpoints.RunAsync(default));
        _storage.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1001, Assert.Single(await Checkpoints.RunAsync(default)).Size);

        await AppendAsync(1);
        Assert.Empty(await Checkpoints.RunAsync(default));
        _storage.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty(await Checkpoints.RunAsync(default));
        _storage.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1002, Assert.Single(await Checkpoints.RunAsync(default)).Size);
        _storage.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(await Checkpoints.RunAsync(default));
    }

    [Fact]
    public async Task A_restart_goes_on_with_the_same_key()
    {
        await AppendAsync(1);
        await Checkpoints.RunAsync(default);
        var id = Key.Public!.Id;

        await _storage.RestartAsync();

        Assert.Empty(await Checkpoints.RunAsync(default));
        await AppendAsync(1);
        _storage.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await Checkpoints.RunAsync(default));
        _storage.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(await Checkpoints.RunAsync(default));
        Assert.Equal(id, Key.Public!.Id);
    }

    [Fact]
    public async Task A_kill_between_the_high_water_file_and_the_checkpoint_is_no_alarm()
    {
        await AppendAsync(5);
        await Checkpoints.RunAsync(default);
        _storage.ExecuteRaw("DELETE FROM checkpoint");

        await _storage.RestartAsync();

        Assert.Equal(5, Assert.Single(await Checkpoints.RunAsync(default)).Size);
        Assert.Null(Checkpoints.RefusalOf(_tenant));
    }

    [Fact]
    public async Task An_older_or_disagreeing_log_is_not_signed()
    {
        await AppendAsync(5);
        var copy = await CopyAsync();
        await AppendAsync(5);
        await Checkpoints.RunAsync(default);

        await RestoreAsync(copy);
        Assert.Empty(await Checkpoints.RunAsync(default));
        Assert.Contains("ends at #5, but a checkpoint up to #10 was signed", Checkpoints.RefusalOf(_tenant));

        await AppendAsync(20);
        _storage.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await Checkpoints.RunAsync(default));
        Assert.Contains("up to #10 are not those that were signed", Checkpoints.RefusalOf(_tenant));
    }

    [Fact]
    public async Task A_log_that_is_gone_altogether_is_told_before_anything_is_appended()
    {
        var copy = await CopyAsync();
        await AppendAsync(5);
        await Checkpoints.RunAsync(default);
        await RestoreAsync(copy);

        Assert.Empty(await Checkpoints.RunAsync(default));
        Assert.Contains("ends at #0", Checkpoints.RefusalOf(_tenant));
    }

    [Fact]
    public async Task Without_the_key_that_signed_before_nothing_is_signed_and_no_other_key_is_made()
    {
        await AppendAsync(5);
        await Checkpoints.RunAsync(default);
        await _storage.StopAsync();
        File.Move(Path.Combine(_storage.Directory, "checkpoint-key.pem"), Path.Combine(_storage.Directory, "away"));
        await _storage.InitializeAsync();
        await AppendAsync(5);

        Assert.Empty(await Checkpoints.RunAsync(default));
        Assert.Contains("Put it back", Checkpoints.Problem);
        Assert.False(File.Exists(Key.Path));

        File.Move(Path.Combine(_storage.Directory, "away"), Key.Path);
        Assert.Single(await Checkpoints.RunAsync(default));
        Assert.Null(Checkpoints.Problem);
    }

    [Fact]
    public async Task A_lost_high_water_file_is_made_good_from_the_stored_checkpoints()
    {
        await AppendAsync(5);
        await Checkpoints.RunAsync(default);
        await _storage.StopAsync();
        File.Delete(Path.Combine(_storage.Directory, "checkpoint-key.pem.high-water.json"));
        await _storage.InitializeAsync();
        _storage.ExecuteRaw("UPDATE chain SET hash = zeroblob(32)");

        Assert.Empty(await Checkpoints.RunAsync(default));
        Assert.Contains("not those that were signed", Checkpoints.RefusalOf(_tenant));
    }

    [Fact]
    public async Task A_changed_high_water_file_stops_signing()
    {
        await AppendAsync(5);
        await Checkpoints.RunAsync(default);
        await _storage.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(_storage.Directory, "checkpoint-key.pem.high-water.json"), """{"x":1}""");
        await _storage.InitializeAsync();

        Assert.Empty(await Checkpoints.RunAsync(default));
        Assert.Contains("was changed", Checkpoints.Problem);
    }

    [Fact]
    public async Task A_purge_of_everything_that_was_and_was_not_signed_is_no_alarm()
    {
        var old = _storage.Clock.Now.AddYears(-1);
        await AppendAsync(5, old);
        await Checkpoints.SignNowAsync(_tenant, default);
        await AppendAsync(20, old);
        _storage.Clock.Advance(TimeSpan.FromDays(400));
        var purges = _storage.Services.GetRequiredService<PurgeService>();

        Assert.Equal(25, (await purges.PurgeAsync(default)).Count);

        Assert.True(await Checkpoints.SignNowAsync(_tenant, default));
        Assert.Null(Checkpoints.RefusalOf(_tenant));
        Assert.Null((await _storage.VerifyAsync(_tenant)).Fault);
    }

    [Fact]
    public async Task The_high_water_file_holds_what_was_signed_last()
    {
        await AppendAsync(5);
        await Checkpoints.RunAsync(default);
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync($"{Key.Path}.high-water.json"));
        Assert.Equal(5, file.RootElement.GetProperty(TestEntries.IdOf(_tenant).ToString()).GetProperty("size").GetInt64());
    }

    private Task AppendAsync(int count, DateTimeOffset? occurredAt = null) =>
        _storage.Store.AppendAsync(TestEntries.Request(_tenant, [.. Enumerable.Range(0, count).Select(_ => TestEntries.Entry(occurredAt: occurredAt))]), default);

    private async Task<AuditConsole.Core.EntryHash> RootAsync(long size) =>
        (await _storage.Services.GetRequiredService<ITreeStore>().FindFrontierAsync(_tenant, size, default))!.Root();

    private async Task<byte[]> CopyAsync()
    {
        await _storage.StopAsync();
        var copy = await File.ReadAllBytesAsync(_storage.DatabaseFile);
        await _storage.InitializeAsync();
        return copy;
    }

    private async Task RestoreAsync(byte[] copy)
    {
        await _storage.StopAsync();
        await File.WriteAllBytesAsync(_storage.DatabaseFile, copy);
        await _storage.InitializeAsync();
    }
}
