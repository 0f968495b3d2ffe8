using System.Text;
using AuditConsole.Core;
using AuditConsole.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Ingest;

/// <summary>Importing files, in the process of the server.</summary>
public sealed class ImportTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    private ImportService Imports => fixture.Console.Services.GetRequiredService<ImportService>();

    [Fact]
    public async Task Lines_are_appended_in_their_order_and_a_second_run_doubles_nothing()
    {
        using var producer = await fixture.NewAsync();
        var file = Encoding.UTF8.GetBytes("\uFEFF" + string.Join("\r\n", Enumerable.Range(0, 2500).Select(i => Bodies.Entry($"usr_{i}"))) + "\r\n  \r\n\n");
        var first = await ImportAsync(producer, new MemoryStream(file));
        Assert.Equal((2500, 0), (first.Appended, first.AlreadyThere));
        Assert.Matches("^import:[0-9a-f]{16}$", first.RecordedBy);
        Assert.Equal(2501, await producer.CountAsync());
        var last = await FindAsync(producer, 2501);
        Assert.Equal(("usr_2499", first.RecordedBy), (last.Content.Actor.Id, last.RecordedBy));

        // What comes through the socket can't seek.
        var second = await ImportAsync(producer, new OneWay(file));
        Assert.Equal((0, 2500), (second.Appended, second.AlreadyThere));
        Assert.Equal(2501, await producer.CountAsync());
        var spills = Path.Combine(fixture.Console.DataDirectory, "spills");
        Assert.Empty(Directory.GetFiles(spills));
    }

    [Fact]
    public async Task A_wrong_line_anywhere_writes_nothing_and_is_named()
    {
        using var producer = await fixture.NewAsync();
        var lines = Enumerable.Range(0, 1500).Select(i => Bodies.Entry($"usr_{i}")).ToList();
        lines[1200] = """{"action":"A","actor":{"type":"user"},"target":{"type":"T","id":"t"}}""";
        lines[1300] = "{";
        lines[1400] = "[]";
        var result = await ImportAsync(producer, Utf8(string.Join('\n', lines)));
        Assert.Equal(3, result.ProblemCount);
        Assert.Equal([(1201L, "actor.id"), (1301L, ""), (1401L, "")], result.Problems.Select(problem => (problem.Line, problem.Field)));
        Assert.Equal(1, await producer.CountAsync());
    }

    [Fact]
    public async Task A_line_that_is_not_UTF_8_or_too_long_is_refused()
    {
        using var producer = await fixture.NewAsync();
        byte[] broken = [.. Encoding.UTF8.GetBytes(Bodies.Entry() + "\n"), 0xFF, (byte)'\n'];
        Assert.Equal(2, Assert.Single((await ImportAsync(producer, new MemoryStream(broken))).Problems).Line);
        var tooLong = Bodies.Entry() + "\n" + Bodies.Entry() + new string(' ', 1024 * 1024) + "\n";
        var problem = Assert.Single((await ImportAsync(producer, Utf8(tooLong))).Problems);
        Assert.Equal(2, problem.Line);
        Assert.Contains("bytes", problem.Message);
        Assert.Equal(1, await producer.CountAsync());
    }

    [Fact]
    public async Task Expired_lines_are_refused_unless_they_are_to_be_skipped()
    {
        using var producer = await fixture.NewAsync();
        var old = WireTime.Format(TimeProvider.System.GetUtcNow().AddMonths(-25));
        var file = $"{Bodies.Entry("usr_1")}\n{Bodies.Entry("usr_2", $",\"occurred_at\":\"{old}\"")}\n{Bodies.Entry("usr_3")}\n";
        var refused = await ImportAsync(producer, Utf8(file));
        Assert.Equal((1, 1, 2), (refused.ProblemCount, refused.ExpiredLines, refused.Problems[0].Line));
        Assert.Equal(1, await producer.CountAsync());
        var skipped = await ImportAsync(producer, Utf8(file), skipExpired: true);
        Assert.Equal((2, 1), (skipped.Appended, skipped.Skipped));
        Assert.Equal("usr_3", (await FindAsync(producer, 3)).Content.Actor.Id);
    }

    [Fact]
    public async Task An_interrupted_import_goes_on_where_it_stopped()
    {
        using var producer = await fixture.NewAsync();
        var file = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 20_000).Select(i => Bodies.Entry($"usr_{i}"))));
        using var interrupted = new CancellationTokenSource();
        var import = Imports.ImportAsync(producer.Tenant, new MemoryStream(file), false, _ => Task.CompletedTask, interrupted.Token);
        while (await producer.CountAsync() < 3000)
        {
            await Task.Delay(1);
        }
        await interrupted.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => import);
        var again = await ImportAsync(producer, new MemoryStream(file));
        Assert.InRange(again.AlreadyThere, 2999, 19_999);
        Assert.Equal(20_000, again.Appended + again.AlreadyThere);
        Assert.Equal(20_001, await producer.CountAsync());
        Assert.Equal("usr_19999", (await FindAsync(producer, 20_001)).Content.Actor.Id);
    }

    private Task<ImportResult> ImportAsync(Producer producer, Stream file, bool skipExpired = false) =>
        Imports.ImportAsync(producer.Tenant, file, skipExpired, _ => Task.CompletedTask, CancellationToken.None);

    private static async Task<AuditEntry> FindAsync(Producer producer, long sequence) =>
        (await producer.Store.FindAsync(new(producer.Tenant.Number, producer.Tenant.Id, DateTimeOffset.UnixEpoch), sequence, CancellationToken.None))!;

    private static MemoryStream Utf8(string text) => new(Encoding.UTF8.GetBytes(text));

    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
