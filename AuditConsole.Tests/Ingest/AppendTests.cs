using System.Text;
using AuditConsole.Core;

namespace AuditConsole.Tests.Ingest;

/// <summary>What <c>POST /api/audit-log</c> promises, over a real connection.</summary>
public sealed class AppendTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    [Fact]
    public async Task One_entry_is_answered_as_an_array_of_one_and_stands_in_the_chain()
    {
        using var producer = await fixture.NewAsync();
        var answer = await producer.SendAsync(Bodies.Entry("usr_7", ""","reasoning":"too strict","metadata":{"b":1.0,"a":[true]}"""));
        Assert.Equal(201, answer.Status);
        Assert.Equal("application/json", answer.MediaType);
        var place = Assert.Single(answer.Places);
        var stored = await producer.Store.FindAsync(
            new(producer.Tenant.Number, producer.Tenant.Id, DateTimeOffset.UnixEpoch), place.Sequence, CancellationToken.None);
        Assert.NotNull(stored);
        Assert.Equal((place.Id, place.Hash), (stored.Id, stored.Hash.ToString()));
        Assert.StartsWith("key:key_", stored.RecordedBy);
        Assert.Equal("""{"a":[true],"b":1}""", stored.Content.Metadata.ToString());
        Assert.Equal(("usr_7", "too strict"), (stored.Content.Actor.Id, stored.Content.Reasoning));
        Assert.Equal(stored.RecordedAt, stored.OccurredAt);
    }

    [Fact]
    public async Task An_array_is_answered_in_its_order()
    {
        using var producer = await fixture.NewAsync();
        var answer = await producer.SendAsync(Bodies.Batch(1000));
        Assert.Equal(201, answer.Status);
        Assert.Equal(1000, answer.Places.Length);
        Assert.Equal(Enumerable.Range(2, 1000).Select(i => (long)i), answer.Places.Select(place => place.Sequence));
        var last = await producer.Store.FindAsync(
            new(producer.Tenant.Number, producer.Tenant.Id, DateTimeOffset.UnixEpoch), 1001, CancellationToken.None);
        Assert.Equal("usr_999", last!.Content.Actor.Id);
    }

    [Fact]
    public async Task A_batch_with_one_wrong_entry_stores_nothing_and_names_it()
    {
        using var producer = await fixture.NewAsync();
        var before = await producer.CountAsync();
        var answer = await producer.SendAsync($$"""[{{Bodies.Entry()}},{"action":"","actor":{"type":"user","id":"u"},"target":7,"colour":1},{{Bodies.Entry()}}]""");
        answer.AssertError(422, "invalid_entry");
        Assert.Equal(["[1].target", "[1].action", "[1].colour"], answer.Fields);
        Assert.Equal(before, await producer.CountAsync());
    }

    [Fact]
    public async Task At_most_fifty_problems_are_listed()
    {
        using var producer = await fixture.NewAsync();
        var answer = await producer.SendAsync($"[{string.Join(',', Enumerable.Repeat("{}", 1000))}]");
        answer.AssertError(422, "invalid_entry");
        Assert.Equal(50, answer.Fields.Length);
    }

    [Theory]
    [InlineData("[]", 422, "invalid_entry")]
    [InlineData("7", 422, "invalid_entry")]
    [InlineData("null", 422, "invalid_entry")]
    [InlineData("[[]]", 422, "invalid_entry")]
    [InlineData("", 400, "invalid_json")]
    [InlineData("{", 400, "invalid_json")]
    [InlineData("{}{}", 400, "invalid_json")]
    [InlineData("{'a':1}", 400, "invalid_json")]
    [InlineData("""{"action":"A","action":"B"}""", 400, "invalid_json")]
    [InlineData("""{"action":"A","actor":{"type":"user","id":"u"},"target":{"type":"T","id":"t"},"metadata":{"a":1,"a":2}}""", 400, "invalid_json")]
    [InlineData("""{"action":"A","actor":{"type":"user","id":"u"},"target":{"type":"T","id":"t"},"metadata":{"a":9007199254740993}}""", 422, "invalid_entry")]
    [InlineData("""{"action":"A","actor":{"type":"user","id":"u"},"target":{"type":"T","id":"t"},"metadata":{"a":"\ud800"}}""", 422, "invalid_entry")]
    [InlineData("""{"action":"A\u0000","actor":{"type":"user","id":"u"},"target":{"type":"T","id":"t"}}""", 422, "invalid_entry")]
    [InlineData("""{"action":"A","actor":{"type":"system","id":"audit-console"},"target":{"type":"T","id":"t"}}""", 422, "invalid_entry")]
    public async Task A_wrong_body_is_refused_in_the_one_shape_and_stores_nothing(string body, int status, string code)
    {
        using var producer = await fixture.NewAsync();
        var before = await producer.CountAsync();
        (await producer.SendAsync(body)).AssertError(status, code);
        Assert.Equal(before, await producer.CountAsync());
    }

    [Theory]
    [InlineData("7", "must be an object, not a number")]
    [InlineData("[]", "has 0 elements")]
    public async Task What_is_wrong_with_the_whole_body_has_a_field_to_name(string body, string message)
    {
        using var producer = await fixture.NewAsync();
        var answer = await producer.SendAsync(body);
        Assert.Equal(("body", message), (Assert.Single(answer.Fields), answer.Json.GetProperty("details")[0].GetProperty("message").GetString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t")]
    public async Task An_empty_body_is_said_to_be_empty(string body)
    {
        using var producer = await fixture.NewAsync();
        Assert.Equal("The body is empty.", (await producer.SendAsync(body)).Json.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_batch_of_more_than_a_thousand_is_refused()
    {
        using var producer = await fixture.NewAsync();
        (await producer.SendAsync(Bodies.Batch(1001))).AssertError(422, "invalid_entry");
        Assert.Equal(1, await producer.CountAsync());
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF_8_are_unreadable()
    {
        using var producer = await fixture.NewAsync();
        var body = Encoding.UTF8.GetBytes(Bodies.Entry("usr_X"));
        body[Array.IndexOf(body, (byte)'X')] = 0xFF;
        (await producer.SendAsync(body)).AssertError(400, "invalid_json");
        (await producer.SendAsync([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Bodies.Entry())])).AssertError(400, "invalid_json");
        Assert.Equal(201, (await producer.SendAsync([.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(Bodies.Entry())])).Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Anything_but_JSON_in_UTF_8_is_an_unsupported_media_type(string? contentType)
    {
        using var producer = await fixture.NewAsync();
        (await producer.SendAsync(Encoding.UTF8.GetBytes(Bodies.Entry()), contentType: contentType)).AssertError(415, "unsupported_media_type");
    }

    [Fact]
    public async Task A_compressed_body_is_refused_as_such()
    {
        using var producer = await fixture.NewAsync();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/api/audit-log") { Content = new StringContent(Bodies.Entry(), Encoding.UTF8, "application/json") };
        message.Content.Headers.ContentEncoding.Add("gzip");
        using var answer = await producer.Client.SendAsync(message);
        Assert.Equal(System.Net.HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains("Content-Encoding", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_entry_may_be_five_minutes_ahead_and_as_old_as_the_retention()
    {
        using var producer = await fixture.NewAsync();
        var now = TimeProvider.System.GetUtcNow();
        async Task<AppendAnswer> SendAt(DateTimeOffset time) =>
            await producer.SendAsync($"[{Bodies.Entry(extra: $",\"occurred_at\":\"{WireTime.Format(time)}\"")}]");
        Assert.Equal(201, (await SendAt(now.AddMinutes(4))).Status);
        Assert.Equal(201, (await SendAt(now.AddMonths(-24).AddMinutes(5))).Status);
        var ahead = await SendAt(now.AddMinutes(7));
        ahead.AssertError(422, "invalid_entry");
        Assert.Equal(["[0].occurred_at"], ahead.Fields);
        var old = await SendAt(now.AddMonths(-24).AddMinutes(-5));
        old.AssertError(422, "invalid_entry");
        Assert.Contains("retention", old.Body);
        Assert.Equal(3, await producer.CountAsync());
    }

    [Fact]
    public async Task A_body_of_more_than_32_MiB_is_too_large_and_one_just_below_is_read()
    {
        using var producer = await fixture.NewAsync();
        var body = new byte[32 * 1024 * 1024 + 1];
        Array.Fill(body, (byte)' ');
        Encoding.UTF8.GetBytes(Bodies.Entry()).CopyTo(body, 0);
        (await producer.SendAsync(body)).AssertError(413, "too_large");
        Assert.Equal(201, (await producer.SendAsync(body[..^1])).Status);
    }
}
