using AuditConsole.Checkpoints;
using AuditConsole.Storage;
using AuditConsole.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Tests.Checkpoints;

/// <summary>Checkpoints go to a folder and to an HTTP endpoint, and wait where one fails.</summary>
public sealed class PublicationTests
{
    [Fact]
    public async Task Every_checkpoint_reaches_both_places_in_order_also_after_failures()
    {
        var (received, status) = (new List<string>(), StatusCodes.Status503ServiceUnavailable);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var witness = builder.Build();
        witness.Urls.Add("http://127.0.0.1:0");
        witness.MapPost("/notes", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            var text = await reader.ReadToEndAsync();
            if (status == StatusCodes.Status200OK)
            {
                received.Add(text);
            }
            return Results.StatusCode(status);
        });
        await witness.StartAsync();
        var folder = Directory.CreateTempSubdirectory("audit-publish-").FullName;
        var clock = new FakeClock();
        await using (var services = TestStorage.Build(
            folder, clock, ("Integrity:PublishDirectory", Path.Combine(folder, "public")), ("Integrity:PublishUrl", $"{witness.Urls.First()}/notes")))
        {
            await services.GetRequiredService<StorageHost>().StartAsync(default);
            await using (var context = await services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>().CreateDbContextAsync())
            {
                context.Tenants.Add(new() { Number = 1, Id = TestEntries.IdOf(1), Slug = "a", Name = "A", AppliedRetention = "24 months" });
                await context.SaveChangesAsync();
            }
            var (service, publisher) = (services.GetRequiredService<CheckpointService>(), services.GetRequiredService<CheckpointPublisher>());
            await SignAsync();
            await publisher.RunAsync(default);

            Assert.Empty(received);
            Assert.Equal(["directory", "url"], publisher.Status.Select(place => place.Target));
            Assert.Null(publisher.Status[0].Failure);
            Assert.Contains("503", publisher.Status[1].Failure);
            Assert.Equal(clock.Now.AddSeconds(1), publisher.Status[1].NextTry);

            status = StatusCodes.Status200OK;
            await SignAsync();
            await publisher.RunAsync(default);
            Assert.Empty(received);
            clock.Advance(TimeSpan.FromSeconds(1));
            await publisher.RunAsync(default);
            await publisher.RunAsync(default);

            var stored = await services.GetRequiredService<CheckpointReader>().ReadAsync(1, 0, 10, default);
            Assert.Equal(stored.Select(row => row.Note), received);
            Assert.Null(publisher.Status[1].Failure);
            var files = Path.Combine(folder, "public", TestEntries.IdOf(1).ToString());
            Assert.Equal(stored.Select(row => row.Note), stored.Select(row => File.ReadAllText(Path.Combine(files, $"{row.Size}-{row.Time.ToUnixTimeMilliseconds()}.txt"))));
            Assert.Equal(stored[^1].Note, await File.ReadAllTextAsync(Path.Combine(files, "latest.txt")));
            await services.GetRequiredService<StorageHost>().StopAsync(default);

            async Task SignAsync()
            {
                await services.GetRequiredService<IEntryStore>().AppendAsync(TestEntries.Request(1, TestEntries.Entry()), default);
                Assert.True(await service.SignNowAsync(1, default));
            }
        }
        Directory.Delete(folder, recursive: true);
    }
}
