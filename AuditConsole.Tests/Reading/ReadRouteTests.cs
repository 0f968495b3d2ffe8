using System.Buffers;
using System.Net;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Tests.Storage;

namespace AuditConsole.Tests.Reading;

[Collection(ReaderTests.Name)]
public sealed class ReadRouteTests(ReaderFixture fixture)
{
    private static readonly DateTimeOffset Start = WireTime.Truncate(TimeProvider.System.GetUtcNow().AddHours(-1));

    [Fact]
    public async Task A_page_has_the_wire_entries_newest_first_and_leads_to_the_next()
    {
        using var log = await fixture.NewAsync(Entries(7));
        var first = await log.GetAsync("/api/audit-log?limit=3&actor=usr_1");
        Assert.Equal("application/json", first.MediaType);
        Assert.Equal(["data", "next_cursor", "has_more"], first.Json.EnumerateObject().Select(member => member.Name));
        var last = await log.GetAsync($"/api/audit-log?limit=4&actor=usr_1&cursor={first.NextCursor}");
        Assert.Equal((false, null), (last.HasMore, last.NextCursor));
        var all = await log.PagesAsync("/api/audit-log?limit=2&actor=usr_1");
        Assert.Equal(all.Select(entry => entry.GetRawText()), first.Data.Concat(last.Data).Select(entry => entry.GetRawText()));
        var scope = TestEntries.Scope(log.Tenant.Number) with { TenantId = log.Tenant.Id };
        foreach (var entry in all)
        {
            var stored = await log.Store.FindAsync(scope, entry.GetProperty("sequence").GetInt64(), default);
            var text = new ArrayBufferWriter<byte>();
            EntryJson.Write(stored!, text);
            Assert.Equal(Encoding.UTF8.GetString(text.WrittenSpan), entry.GetRawText());
            var one = await log.GetAsync($"/api/audit-log/{entry.GetProperty("id").GetString()}");
            Assert.Equal(entry.GetRawText(), one.Body);
        }
        (await log.GetAsync($"/api/audit-log/{Guid.CreateVersion7()}")).AssertError(404, "not_found");
        (await log.GetAsync("/api/audit-log/17")).AssertError(404, "not_found");
    }

    [Fact]
    public async Task Arrivals_move_no_page()
    {
        using var log = await fixture.NewAsync(Entries(20));
        var before = await log.PagesAsync("/api/audit-log?limit=1000");
        var (seen, answer) = (new List<long>(), await log.GetAsync("/api/audit-log?limit=6"));
        while (true)
        {
            seen.AddRange(answer.Sequences);
            if (!answer.HasMore)
            {
                break;
            }
            await log.AppendAsync(TestEntries.Entry(), TestEntries.Entry(occurredAt: Start.AddSeconds(seen.Count)));
            answer = await log.GetAsync($"/api/audit-log?limit=6&cursor={answer.NextCursor}");
        }
        Assert.Equal(before.Select(entry => entry.GetProperty("sequence").GetInt64()), seen);
    }

    [Fact]
    public async Task The_published_read_API_names_its_fields_as_it_says()
    {
        using var log = await fixture.NewAsync(Entries(3));
        await log.AppendAsync(TestEntries.Entry() with { Target = new Resource("Profile", "prf_12", "backend-standards"), Reasoning = "Because.", OccurredAt = Start });
        var answer = await log.GetAsync("/v1/audit-log?resource_type=Profile&resource_id=prf_12");
        var entry = Assert.Single(answer.Data);
        Assert.Equal(
            ["id", "actor_id", "actor_type", "action", "resource_type", "resource_id", "metadata", "reasoning", "created_at"],
            entry.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("usr_1", "user", "RulePublished", "Profile", "prf_12", "{}", "Because.", WireTime.Format(Start)), (
            entry.GetProperty("actor_id").GetString(), entry.GetProperty("actor_type").GetString(), entry.GetProperty("action").GetString(),
            entry.GetProperty("resource_type").GetString(), entry.GetProperty("resource_id").GetString(), entry.GetProperty("metadata").GetRawText(),
            entry.GetProperty("reasoning").GetString(), entry.GetProperty("created_at").GetString()));
        Assert.Equal((false, null), (answer.HasMore, answer.NextCursor));
        Assert.False((await log.GetAsync("/v1/audit-log?actor_id=usr_1&limit=1&action=RuleEdited")).Data[0].TryGetProperty("reasoning", out _));
        Assert.Empty((await log.GetAsync("/v1/audit-log?resource_id=backend-standards")).Data);
        Assert.Empty((await log.GetAsync("/v1/audit-log?action=Rule.*")).Data);
        Assert.Equal(3, (await log.PagesAsync($"/v1/audit-log?limit=2&action=RuleEdited&from={Start.AddMinutes(-1):yyyy-MM-dd'T'HH:mm:ss'Z'}&to={Start.AddDays(1):yyyy-MM-dd}")).Count);
        Assert.Equal(50, (await (await WithAsync(60)).GetAsync("/v1/audit-log")).Data.Count);
    }

    [Theory]
    [InlineData("/api/audit-log?limit=0", "limit")]
    [InlineData("/api/audit-log?limit=1001", "limit")]
    [InlineData("/api/audit-log?limit=ten", "limit")]
    [InlineData("/api/audit-log?limit=5&limit=5", "limit")]
    [InlineData("/api/audit-log?since=yesterday", "since")]
    [InlineData("/api/audit-log?since=2026-11-21&until=2026-11-20", "since")]
    [InlineData("/api/audit-log?ip=203.0.113.0/33", "ip")]
    [InlineData("/api/audit-log?actr=usr_1", "actr")]
    [InlineData("/api/audit-log?ACTOR=usr_1", "ACTOR")]
    [InlineData("/api/audit-log?actor=", "actor")]
    [InlineData("/api/audit-log?actor=a%00b", "actor")]
    [InlineData("/api/audit-log?order=up", "order")]
    [InlineData("/api/audit-log?wait=5", "wait")]
    [InlineData("/api/audit-log?order=asc&wait=31", "wait")]
    [InlineData("/api/audit-log/0193f5a0-0000-7000-8000-000000000001?proof=maybe", "proof")]
    [InlineData("/v1/audit-log?order=asc", "order")]
    [InlineData("/v1/audit-log?since=2026-11-21", "since")]
    public async Task A_wrong_parameter_is_refused_by_name(string path, string field)
    {
        using var log = await fixture.NewAsync();
        var answer = await log.GetAsync(path);
        answer.AssertError(400, "invalid_parameter");
        Assert.Equal(field, Assert.Single(answer.Json.GetProperty("details").EnumerateArray()).GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        using var log = await fixture.NewAsync(Entries(5));
        using var other = await fixture.NewAsync(Entries(5));
        var cursor = (await log.GetAsync("/api/audit-log?limit=2&actor=usr_1&action=RuleEdited&action=x")).NextCursor!;
        Assert.Equal(200, (await log.GetAsync($"/api/audit-log?limit=3&action=x&action=RuleEdited&actor=usr_1&cursor={cursor}")).Status);
        var tail = (await log.GetAsync("/api/audit-log?order=asc&limit=2&actor=usr_1&action=RuleEdited&action=x")).NextCursor!;
        foreach (var path in new[]
        {
            $"?cursor={cursor}", $"?actor=usr_1&action=RuleEdited&cursor={cursor}", $"?actor=usr_1&action=RuleEdited&action=x&order=asc&cursor={cursor}",
            $"?actor=usr_1&action=RuleEdited&action=x&cursor={tail}", $"?actor=usr_1&action=RuleEdited&action=x&cursor={cursor[..40]}{(cursor[40] == 'A' ? 'B' : 'A')}{cursor[41..]}", "?cursor=x", "?cursor=%F0%9F%92%A3",
        })
        {
            (await log.GetAsync("/api/audit-log" + path)).AssertError(400, "invalid_cursor");
        }
        (await log.GetAsync($"/v1/audit-log?actor_id=usr_1&cursor={cursor}")).AssertError(400, "invalid_cursor");
        (await other.GetAsync($"/api/audit-log?actor=usr_1&action=RuleEdited&action=x&cursor={cursor}")).AssertError(400, "invalid_cursor");
    }

    [Fact]
    public async Task A_tail_always_leads_on_and_waits_for_what_comes()
    {
        using var log = await fixture.NewAsync(Entries(5));
        var first = await log.GetAsync("/api/audit-log?order=asc&limit=4&actor=usr_1");
        Assert.True(first.HasMore);
        Assert.True(first.Sequences.SequenceEqual(first.Sequences.Order()));
        var second = await log.GetAsync($"/api/audit-log?order=asc&limit=4&actor=usr_1&cursor={first.NextCursor}");
        Assert.Equal((1, false), (second.Data.Count, second.HasMore));
        var idle = await log.GetAsync($"/api/audit-log?order=asc&actor=usr_1&cursor={second.NextCursor}");
        Assert.Equal((0, false), (idle.Data.Count, idle.HasMore));
        var waiting = log.GetAsync($"/api/audit-log?order=asc&actor=usr_1&cursor={idle.NextCursor}&wait=30");
        // What the filter leaves out doesn't end the wait.
        await log.AppendAsync(TestEntries.Entry(actor: "usr_2"));
        var appended = await log.AppendAsync(TestEntries.Entry(actor: "usr_1"));
        Assert.Equal([appended[0].Sequence], (await waiting).Sequences);
        var nothing = await log.GetAsync($"/api/audit-log?order=asc&actor=usr_1&cursor={(await waiting).NextCursor}&wait=1");
        Assert.Equal((200, 0), (nothing.Status, nothing.Data.Count));
        Assert.NotNull(nothing.NextCursor);
    }

    [Fact]
    public async Task Who_may_not_read_any_more_is_told_so_when_the_wait_ends()
    {
        using var log = await fixture.NewAsync();
        // Nothing that comes matches, so nothing but the end of the permission can answer before the 30 seconds are over.
        var tail = await log.GetAsync("/api/audit-log?order=asc&actor=usr_9");
        var waiting = log.GetAsync($"/api/audit-log?order=asc&actor=usr_9&cursor={tail.NextCursor}&wait=30");
        await Task.WhenAny(waiting, Task.Delay(300));
        await fixture.Console.SetProgrammaticReadingAsync(log.Tenant, on: false);
        while (!waiting.IsCompleted)
        {
            await log.AppendAsync(TestEntries.Entry());
            await Task.WhenAny(waiting, Task.Delay(20));
        }
        (await waiting).AssertError(403, "session_required");
    }

    [Fact]
    public async Task The_whole_filter_comes_as_lines_and_as_raw_CSV()
    {
        using var log = await fixture.NewAsync(Entries(2500));
        await log.AppendAsync(TestEntries.Entry("=cmd()", slug: "a,\"b\"\n", ip: "2001:db8::1", actor: "usr_1", occurredAt: Start.AddSeconds(-1)));
        var pages = await log.PagesAsync("/api/audit-log?limit=1000&actor=usr_1");
        var lines = await log.GetAsync("/api/audit-log?actor=usr_1", "application/x-ndjson");
        Assert.Equal("application/x-ndjson", lines.MediaType);
        Assert.Equal(pages.Select(entry => entry.GetRawText()), lines.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var chained = await log.GetAsync("/api/audit-log?actor=usr_1&order=asc", "application/x-ndjson");
        Assert.Equal(pages.OrderBy(entry => entry.GetProperty("sequence").GetInt64()).Select(entry => entry.GetRawText()), chained.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var csv = await log.GetAsync("/api/audit-log?actor=usr_1", "text/csv");
        Assert.StartsWith("occurredAt,actor,entityType,entitySlug,entityVersion,action,engineVersion,clientIp,payload\r\n", csv.Body, StringComparison.Ordinal);
        Assert.EndsWith($"\r\n{WireTime.Format(Start.AddSeconds(-1))},usr_1,Rule,\"a,\"\"b\"\"\n\",1.0.0,=cmd(),,2001:db8::1,{{}}\r\n", csv.Body, StringComparison.Ordinal);
        Assert.Equal(2503, csv.Body.Split("\r\n").Length);
        Assert.Equal(7, (await log.GetAsync("/api/audit-log?limit=7", "text/csv")).Body.Split("\r\n").Length - 2);
        (await log.GetAsync("/api/audit-log?cursor=x", "text/csv")).AssertError(400, "invalid_parameter");
    }

    [Theory]
    [InlineData("*/*", "application/json")]
    [InlineData("application/xml", "application/json")]
    [InlineData("text/csv;q=0.5, application/json", "application/json")]
    [InlineData("text/csv, application/json;q=0.9", "text/csv")]
    [InlineData("application/x-ndjson, */*;q=0.1", "application/x-ndjson")]
    public async Task The_form_is_the_one_that_the_client_likes_best(string accept, string type)
    {
        using var log = await fixture.NewAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/audit-log");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await log.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("/api/audit-log")]
    [InlineData("/v1/audit-log")]
    public async Task HEAD_answers_as_GET_does_without_a_body(string path)
    {
        using var log = await fixture.NewAsync(Entries(3));
        using var answer = await log.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    private async Task<LogOfReader> WithAsync(int count) => await fixture.NewAsync(Entries(count));

    private static IEnumerable<NewEntry> Entries(int count) =>
        Enumerable.Range(0, count).Select(i => TestEntries.Entry("RuleEdited", slug: $"rule-{i % 7}", actor: "usr_1", occurredAt: Start.AddMilliseconds(i % 1000), metadata: new { i }));
}
