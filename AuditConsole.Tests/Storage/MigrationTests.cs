using AuditConsole.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Storage;

/// <summary>A database of the first version is brought up to date by a start that is broken off.</summary>
public sealed class MigrationTests
{
    private const int Entries = 1200;

    [Fact]
    public async Task A_broken_off_start_tells_how_far_it_came_and_the_next_goes_on_from_there()
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await storage.AddTenantAsync();
        await storage.Store.AppendAsync(
            TestEntries.Request(tenant, [.. Enumerable.Range(1, Entries).Select(i => TestEntries.Entry(slug: $"rule-{i % 5}", ip: $"203.0.113.{i % 7}"))]), default);
        await storage.StopAsync();
        FirstVersion.Make(storage);

        var first = await BreakOffAsync(storage, line => line.Contains("3 of ", StringComparison.Ordinal));
        Assert.Contains("_ReadApi, 1 of", first, StringComparison.Ordinal);
        var applied = storage.QueryRaw("SELECT count(*) FROM __EFMigrationsHistory");
        Assert.InRange(applied, 3, 4);

        var second = await BreakOffAsync(storage, line => line.StartsWith("Indexed", StringComparison.Ordinal));
        Assert.DoesNotContain("_ReadApi", second, StringComparison.Ordinal);
        Assert.Contains($"Making the index of {Entries} entries", second, StringComparison.Ordinal);
        Assert.Contains($"Indexed 512 of {Entries} entries", second, StringComparison.Ordinal);
        var done = storage.QueryRaw("SELECT sealed FROM segment_state");
        Assert.InRange(done, 512, Entries - 33);
        var segments = storage.QueryRaw("SELECT max(id) FROM segment");

        var third = await LinesAsync(storage, () => storage.InitializeAsync());
        Assert.DoesNotContain("up to date", third, StringComparison.Ordinal);
        Assert.Contains($"Making the index of {Entries - done} entries", third, StringComparison.Ordinal);
        Assert.Equal(Entries, storage.QueryRaw("SELECT sealed FROM segment_state"));
        // What was made before stands as it was.
        Assert.Equal(done, storage.QueryRaw($"SELECT sum(entries) FROM segment WHERE id <= {segments}"));
        Assert.Empty(await storage.Services.GetRequiredService<IEntryIndex>().FindDamageAsync(tenant, default));
        Assert.Equal(Entries / 5, await storage.Store.CountAsync(TestEntries.Filter(tenant) with { Slug = "rule-3" }, long.MaxValue, default));
        Assert.Equal(Entries / 35 + 1, await storage.Store.CountAsync(TestEntries.Filter(tenant) with { Slug = "rule-0", Ip = "203.0.113.5" }, long.MaxValue, default));
        Assert.True((await storage.VerifyAsync(tenant)).Holds);
        Assert.Equal("", await LinesAsync(storage, storage.RestartAsync));
    }

    private static async Task<string> BreakOffAsync(TestStorage storage, Func<string, bool> at)
    {
        using var stop = new CancellationTokenSource();
        storage.Log.Logged += Stop;
        var lines = await LinesAsync(storage, () => Assert.ThrowsAnyAsync<OperationCanceledException>(() => storage.InitializeAsync(stop.Token)));
        storage.Log.Logged -= Stop;
        await storage.StopAsync();
        return lines;

        void Stop(string line)
        {
            if (at(line))
            {
                stop.Cancel();
            }
        }
    }

    /// <summary>What is logged meanwhile of migrations and the index.</summary>
    private static async Task<string> LinesAsync(TestStorage storage, Func<Task> run)
    {
        var lines = new List<string>();
        storage.Log.Logged += Note;
        await run();
        storage.Log.Logged -= Note;
        return string.Join('\n', lines);

        void Note(string line)
        {
            if (line.Contains("up to date", StringComparison.Ordinal) || line.Contains("ndex", StringComparison.Ordinal))
            {
                lines.Add(line);
            }
        }
    }
}
