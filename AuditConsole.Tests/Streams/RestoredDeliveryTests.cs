using AuditConsole.Checkpoints;
using AuditConsole.Integrity;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Streams;

/// <summary>A backup is put back below a stream that had gone on.</summary>
public sealed class RestoredDeliveryTests : IAsyncLifetime
{
    private readonly ConsoleFactory _before = NewConsole();
    private readonly ConsoleFactory _after = NewConsole();
    private ReceiverHost _receivers = null!;

    public async Task InitializeAsync() => _receivers = await ReceiverHost.StartAsync();

    public async Task DisposeAsync()
    {
        await _before.DisposeAsync();
        await _after.DisposeAsync();
        await _receivers.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_delivered_until_it_is_accepted_and_then_under_ids_that_were_never_used()
    {
        _before.StartServer();
        var tenant = await _before.AddTenantAsync("acme");
        var owner = StreamOwner.Console(tenant);
        var receiver = _receivers.Add();
        var draft = new StreamDraft { Name = "SIEM", Kind = "http", Settings = new Dictionary<string, string> { ["url"] = receiver.Address.ToString() } };
        var id = (await ServiceOf(_before).AddAsync(owner, draft, default)).Id;
        await DeliverAsync(_before, "Before");
        // Without the folder of keys the stream's secrets could not be read.
        var backup = Path.Combine(_after.DataDirectory, "audit-console.db");
        await _before.Services.GetRequiredService<BackupService>().BackupAsync(backup, default);
        await DeliverAsync(_before, "Lost");
        Assert.True(await _before.Services.GetRequiredService<CheckpointService>().SignNowAsync(tenant.Number, default));
        foreach (var file in Directory.EnumerateFiles(_before.DataDirectory, "checkpoint-key*").Concat(Directory.EnumerateFiles(Path.Combine(_before.DataDirectory, "keys"))))
        {
            var copy = Path.Combine(_after.DataDirectory, Path.GetRelativePath(_before.DataDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        await ServiceOf(_before).PauseAsync(owner, id, default);
        var known = receiver.All.Count;

        _after.StartServer();
        var stopped = await ServiceOf(_after).GetAsync(owner, id, default);
        Assert.Equal(StreamState.Error, stopped.Status.State);
        Assert.Contains("AuditConsole tenants accept-restore", stopped.Status.Reason, StringComparison.Ordinal);
        await AppendAsync(_after, "Regained");
        await ServiceOf(_after).ResumeAsync(owner, id, default);
        Assert.Equal(StreamState.Error, (await ServiceOf(_after).GetAsync(owner, id, default)).Status.State);
        Assert.Equal(known, receiver.All.Count);

        await _after.Services.GetRequiredService<CheckpointService>().AcceptRestoreAsync(tenant, "Disk failure", default);
        await ServiceOf(_after).ResumeAsync(owner, id, default);
        await receiver.UntilAsync(got => got.All.Skip(known).Any(request => request.Text.Contains("Regained", StringComparison.Ordinal)));
        var used = receiver.All.Take(known).Select(request => request.Id).ToHashSet();
        Assert.All(receiver.All.Skip(known), request => Assert.DoesNotContain(request.Id, used));
        Assert.All(receiver.All.Skip(known), request => Assert.Matches($"^{id}_[0-9]+_[0-9]+_[0-9]{{17}}$", request.Id));

        async Task DeliverAsync(ConsoleFactory console, string action)
        {
            await AppendAsync(console, action);
            await receiver.UntilAsync(got => got.Taken.Any(request => request.Text.Contains(action, StringComparison.Ordinal)));
            while ((await ServiceOf(console).GetAsync(owner, id, default)).Status.LagEntries > 0)
            {
                await Task.Delay(10);
            }
        }

        Task AppendAsync(ConsoleFactory console, string action) => console.Services.GetRequiredService<IEntryStore>()
            .AppendAsync(TestEntries.Request(tenant.Number, TestEntries.Entry(action)) with { TenantId = tenant.Id }, default);
    }

    private static StreamService ServiceOf(ConsoleFactory console) => console.Services.GetRequiredService<StreamService>();

    private static ConsoleFactory NewConsole() => new()
    {
        Settings = { ["Streams:AllowedNetworks:0"] = "127.0.0.0/8", ["Streams:Pace"] = "00:00:00.001" },
    };
}
