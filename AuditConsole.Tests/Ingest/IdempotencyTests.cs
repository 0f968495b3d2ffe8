namespace AuditConsole.Tests.Ingest;

/// <summary><c>Idempotency-Key</c>.</summary>
public sealed class IdempotencyTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    [Fact]
    public async Task A_repeat_gets_the_same_answer_and_stores_nothing()
    {
        using var producer = await fixture.NewAsync();
        var first = await producer.SendAsync(Bodies.Batch(3), "order-17");
        var second = await producer.SendAsync(Bodies.Batch(3), "\"order-17\"");
        Assert.Equal((201, false, 201, true), (first.Status, first.Replayed, second.Status, second.Replayed));
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(4, await producer.CountAsync());
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_refused_whatever_it_holds()
    {
        using var producer = await fixture.NewAsync();
        Assert.Equal(201, (await producer.SendAsync(Bodies.Entry("usr_1"), "k")).Status);
        (await producer.SendAsync(Bodies.Entry("usr_2"), "k")).AssertError(422, "idempotency_key_reused");
        (await producer.SendAsync("{ not even JSON", "k")).AssertError(422, "idempotency_key_reused");
        Assert.Equal(2, await producer.CountAsync());
    }

    [Fact]
    public async Task A_refused_request_does_not_use_its_key_up()
    {
        using var producer = await fixture.NewAsync();
        (await producer.SendAsync("{}", "k")).AssertError(422, "invalid_entry");
        Assert.Equal(201, (await producer.SendAsync(Bodies.Entry(), "k")).Status);
    }

    [Fact]
    public async Task Each_tenant_has_its_own_keys()
    {
        using var one = await fixture.NewAsync();
        using var other = await fixture.NewAsync();
        Assert.Equal(201, (await one.SendAsync(Bodies.Entry("usr_1"), "k")).Status);
        var answer = await other.SendAsync(Bodies.Entry("usr_2"), "k");
        Assert.Equal((201, false), (answer.Status, answer.Replayed));
    }

    [Fact]
    public async Task Fifty_at_once_store_the_batch_once_and_all_get_its_places()
    {
        using var producer = await fixture.NewAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => producer.SendAsync(Bodies.Batch(5), "burst")));
        Assert.All(answers, answer => Assert.Equal(201, answer.Status));
        Assert.Single(answers.Select(answer => answer.Body).Distinct());
        Assert.Single(answers, answer => !answer.Replayed);
        Assert.Equal(6, await producer.CountAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("\"open")]
    [InlineData("\"a\"b\"")]
    [InlineData("\"a\\b\"")]
    [InlineData("two words")]
    [InlineData("\"two words\"")]
    public async Task An_unreadable_key_is_refused_by_the_name_of_its_header(string key)
    {
        using var producer = await fixture.NewAsync();
        var answer = await producer.SendAsync(Bodies.Entry(), key);
        answer.AssertError(400, "invalid_header");
        Assert.Equal(["Idempotency-Key"], answer.Fields);
    }

    [Fact]
    public async Task A_key_has_up_to_255_characters()
    {
        using var producer = await fixture.NewAsync();
        Assert.Equal(201, (await producer.SendAsync(Bodies.Entry(), new string('~', 255))).Status);
        (await producer.SendAsync(Bodies.Entry(), new string('~', 256))).AssertError(400, "invalid_header");
    }
}
