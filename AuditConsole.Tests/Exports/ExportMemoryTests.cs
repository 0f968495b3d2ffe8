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

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("text/csv")]
    public async Task Memory_stays_flat_however_many_entries_a_program_streams(string form)
    {
        using var client = fixture.Console.NewClient(await fixture.Console.AddReadKeyAsync(fixture.Big));
        client.DefaultRequestHeaders.Accept.ParseAdd(form);
        var few = await StreamAsync("2026-05-08T05:33:20.050Z");
        var many = await StreamAsync("2026-05-08");
        Assert.True(many < few + 24 * 1024 * 1024, $"{few / 1024:N0} KiB with a few, {many / 1024:N0} KiB with all entries");

        async Task<long> StreamAsync(string until)
        {
            var start = GC.GetTotalMemory(forceFullCollection: true);
            using var answer = await client.GetAsync(new Uri($"/api/audit-log?until={until}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
            Assert.True(answer.IsSuccessStatusCode);
            return await ReadAsync(answer, start);
        }
    }

    private async Task<long> DownloadAsync(long snapshot)
    {
        // Before the request: what is gathered before the first byte counts too.
        var start = GC.GetTotalMemory(forceFullCollection: true);
        using var answer = await fixture.PostAsync(
            fixture.Auditor, fixture.Form(fixture.Big, "json", snapshot), HttpCompletionOption.ResponseHeadersRead);
        return await ReadAsync(answer, start);
    }

    // The most live memory above the start, seen every 5 MiB of the file.
    private static async Task<long> ReadAsync(HttpResponseMessage answer, long start)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
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
