using System.Text;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Ingest;
using AuditConsole.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Redaction;

/// <summary>Secrets that producers send, over a real connection and from a file.</summary>
public sealed class RedactionAtTheDoorTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    private readonly string _secret = ApiKeyText.Create();

    private string Leaky => Bodies.Entry("usr_1", $$"""
        ,"reasoning":"Rotated {{_secret}} after the leak.","user_agent":"cli {{_secret}}","metadata":{"auth":{"token":"{{_secret}}"},"list":["x","{{_secret}}"],"kept":1}
        """);

    [Fact]
    public async Task The_answer_lists_the_paths_and_the_secret_is_nowhere()
    {
        using var producer = await fixture.NewAsync();
        var answer = await producer.SendAsync($"[{Bodies.Entry()},{Leaky}]");
        Assert.Equal(201, answer.Status);
        var data = answer.Json.GetProperty("data");
        Assert.False(data[0].TryGetProperty("redacted", out _));
        Assert.Equal(
            ["/user_agent", "/reasoning", "/metadata/auth/token", "/metadata/list/1"],
            data[1].GetProperty("redacted").EnumerateArray().Select(path => path.GetString()!));
        var stored = await FindAsync(producer, answer.Places[1].Sequence);
        Assert.Equal("""{"auth":{"token":{"$redacted":"audit_console_key"}},"kept":1,"list":["x",{"$redacted":"audit_console_key"}]}""", stored.Content.Metadata.ToString());
        Assert.Equal("Rotated [redacted: audit_console_key] after the leak.", stored.Content.Reasoning);
        Assert.Equal("cli [redacted: audit_console_key]", stored.Content.UserAgent);
        AssertNowhere(_secret);
    }

    [Fact]
    public async Task A_replay_answers_the_same_paths()
    {
        using var producer = await fixture.NewAsync();
        var first = await producer.SendAsync(Leaky, "leak-1");
        var second = await producer.SendAsync(Leaky, "leak-1");
        Assert.Contains("\"redacted\":[\"/user_agent\"", first.Body, StringComparison.Ordinal);
        Assert.Equal((first.Body, true), (second.Body, second.Replayed));
    }

    [Fact]
    public async Task An_imported_file_is_redacted_too()
    {
        using var producer = await fixture.NewAsync();
        var result = await fixture.Console.Services.GetRequiredService<ImportService>().ImportAsync(
            producer.Tenant, new MemoryStream(Encoding.UTF8.GetBytes(Leaky.ReplaceLineEndings(""))), false, _ => Task.CompletedTask, CancellationToken.None);
        Assert.Equal(1, result.Appended);
        Assert.Contains("\"$redacted\":\"audit_console_key\"", (await FindAsync(producer, 2)).Content.Metadata.ToString(), StringComparison.Ordinal);
        AssertNowhere(_secret);
    }

    [Fact]
    public async Task A_secret_in_an_identifier_hides_all_of_it_and_the_entry_is_kept()
    {
        using var producer = await fixture.NewAsync();
        var answer = await producer.SendAsync(
            $$"""{"action":"A","actor":{"type":"api_key","id":"key {{_secret}}"},"target":{"type":"T","id":"t","slug":"{{_secret}}"},"targets":[{"type":"T","id":"{{_secret}}"}],"correlation_id":"{{_secret}}"}""");
        Assert.Equal(201, answer.Status);
        var stored = (await FindAsync(producer, answer.Places[0].Sequence)).Content;
        const string Hidden = "[redacted: audit_console_key]";
        Assert.Equal((Hidden, Hidden, Hidden, Hidden), (stored.Actor.Id, stored.Target.Slug, stored.Targets[0].Id, stored.CorrelationId));
        Assert.Equal(
            ["/actor/id", "/target/slug", "/targets/0/id", "/correlation_id"],
            answer.Json.GetProperty("data")[0].GetProperty("redacted").EnumerateArray().Select(path => path.GetString()!));
        AssertNowhere(_secret);
    }

    [Fact]
    public async Task A_secret_that_is_a_members_name_takes_its_object_with_it_and_is_not_told_in_the_path()
    {
        using var producer = await fixture.NewAsync();
        var answer = await producer.SendAsync(Bodies.Entry(extra: $$""","metadata":{"a":1,"keys":{"{{_secret}}":true} }"""));
        Assert.Equal("""{"a":1,"keys":{"$redacted":"audit_console_key"}}""", (await FindAsync(producer, answer.Places[0].Sequence)).Content.Metadata.ToString());
        Assert.DoesNotContain(_secret, answer.Body, StringComparison.Ordinal);
        Assert.Contains("[\"/metadata/keys\"]", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_full_of_secrets_is_answered_with_the_fields_that_held_them()
    {
        using var producer = await fixture.NewAsync();
        var keys = string.Join(',', Enumerable.Repeat($"\"{_secret}\"", 500));
        var answer = await producer.SendAsync(Bodies.Entry(extra: $$""","metadata":{"{{new string('n', 200)}}":[{{keys}}]},"reasoning":"{{string.Join(' ', Enumerable.Repeat(_secret, 20))}}" """));
        Assert.Equal(201, answer.Status);
        Assert.Equal("""["/reasoning","/metadata"]""", answer.Json.GetProperty("data")[0].GetProperty("redacted").GetRawText());
        Assert.Equal("[redacted: audit_console_key]", (await FindAsync(producer, answer.Places[0].Sequence)).Content.Reasoning);
    }

    /// <summary>Looks through the bytes of the database and its log.</summary>
    private void AssertNowhere(string secret)
    {
        foreach (var name in new[] { "audit-console.db", "audit-console.db-wal" })
        {
            using var file = new FileStream(Path.Combine(fixture.Console.DataDirectory, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0, $"{name} holds the secret");
        }
    }

    private static async Task<AuditEntry> FindAsync(Producer producer, long sequence) =>
        (await producer.Store.FindAsync(new(producer.Tenant.Number, producer.Tenant.Id, DateTimeOffset.UnixEpoch), sequence, CancellationToken.None))!;
}
