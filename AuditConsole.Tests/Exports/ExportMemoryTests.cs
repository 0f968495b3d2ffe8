namespace AuditConsole.Tests.Exports;

/// <summary>Runs when no other test does: the memory of the process is everybody's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}

[Collection(AloneCollection.Name)]
public sealed class ExportMemoryTests(ExportFixture fixture) : IClassFixture<ExportFixture>
{
    [Fact]
    public async Task Memory_stays_flat_however_many_entries_a_file_has()
    {
        await DownloadAsync(5_000);
        var few = await DownloadAsync(15_000);
        var many = await DownloadAsync(90_000);

        // Not a measurement of time: six times the entries may hold no more than a few batches more at once.
        Assert.True(many < few + 24 * 1024 * 1024, $"{few / 1024:N0} KiB with 15,000 entries, {many / 1024:N0} KiB with 90,000");
    }

    // The most live memory above the start, seen every 5 MiB of the file.
    private async Task<long> DownloadAsync(long snapshot)
    {
        using var answer = await fixture.PostAsync(
            fixture.Auditor, fixture.Form(fixture.Big, "json", snapshot), HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        var start = GC.GetTotalMemory(forceFullCollection: true);
        var (most, sinceLook) = (0L, 0L);
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            sinceLook += read;
            if (sinceLook > 5 * 1024 * 1024)
            {
                sinceLook = 0;
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - start);
            }
        }
        return most;
    }
}
