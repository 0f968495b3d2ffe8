using System.Net;
using System.Text.Json;
using AuditConsole.Checkpoints;
using AuditConsole.Core.Evidence;
using AuditConsole.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Checkpoints;

/// <summary>What anybody can read: checkpoints and the key that verifies them.</summary>
public sealed class CheckpointRouteTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    [Fact]
    public async Task Anybody_reads_checkpoints_newest_first_and_verifies_them_with_the_key()
    {
        using var producer = await fixture.NewAsync();
        var service = fixture.Console.Services.GetRequiredService<CheckpointService>();
        for (var i = 0; i < 3; i++)
        {
            await producer.SendAsync(Bodies.Batch(2));
            Assert.True(await service.SignNowAsync(producer.Tenant.Number, default));
        }
        using var anybody = fixture.Console.NewClient();
        var key = CheckpointKey.Parse(await anybody.GetStringAsync("/api/checkpoints/key"));

        var page = await JsonAsync(anybody, $"/api/checkpoints?tenant_id={producer.Tenant.Id}&limit=2");
        var rest = await JsonAsync(anybody, $"/api/checkpoints?tenant_id={producer.Tenant.Id}&before={page.GetProperty("next_before").GetInt64()}");

        var all = page.GetProperty("data").EnumerateArray().Concat(rest.GetProperty("data").EnumerateArray()).ToList();
        Assert.True(page.GetProperty("has_more").GetBoolean() && !rest.GetProperty("has_more").GetBoolean());
        Assert.Equal([7L, 5L, 3L], all.Select(item => item.GetProperty("size").GetInt64()).Where(size => size is 3 or 5 or 7));
        Assert.All(all, item =>
        {
            var signed = SignedCheckpoint.Parse(item.GetProperty("note").GetString()!);
            Assert.Equal(NoteTrust.Signed, signed.Check(key));
            Assert.Equal(producer.Tenant.Id, signed.Statement.TenantId);
            Assert.Equal(signed.Statement.Root.ToString(), item.GetProperty("root").GetString());
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/checkpoints?tenant_id={producer.Tenant.Id}");
        request.Headers.Accept.ParseAdd("text/plain");
        using var text = await anybody.SendAsync(request);
        Assert.Equal("text/plain", text.Content.Headers.ContentType?.MediaType);
        Assert.Equal(all[0].GetProperty("note").GetString(), await text.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_key_comes_as_json_too()
    {
        using var producer = await fixture.NewAsync();
        await fixture.Console.Services.GetRequiredService<CheckpointService>().SignNowAsync(producer.Tenant.Number, default);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/checkpoints/key");
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await producer.Client.SendAsync(request);
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("audit-console", json.GetProperty("service").GetString());
        var key = json.GetProperty("key");
        Assert.Equal(CheckpointKey.Parse(key.GetProperty("pem").GetString()!).Id, CheckpointKey.Parse(key.GetProperty("vkey").GetString()!).Id);
        Assert.Equal(0, json.GetProperty("previous").GetArrayLength());
    }

    [Theory]
    [InlineData("", 400, "invalid_parameter", "tenant_id")]
    [InlineData("?tenant_id=acme", 400, "invalid_parameter", "tenant_id")]
    [InlineData("?tenant_id=0193f5a0-0000-7000-8000-000000000001&limit=0", 400, "invalid_parameter", "limit")]
    [InlineData("?tenant_id=0193f5a0-0000-7000-8000-000000000001&before=x", 400, "invalid_parameter", "before")]
    [InlineData("?tenant_id=0193f5a0-0000-7000-8000-000000000001", 404, "not_found", null)]
    public async Task What_cant_be_answered_is_said(string query, int status, string code, string? field)
    {
        using var anybody = fixture.Console.NewClient();
        using var answer = await anybody.GetAsync($"/api/checkpoints{query}");
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Equal(code, json.GetProperty("code").GetString());
        Assert.Equal(field, json.GetProperty("details").EnumerateArray().Select(detail => detail.GetProperty("field").GetString()).SingleOrDefault());
    }

    private static async Task<JsonElement> JsonAsync(HttpClient client, string path) =>
        JsonDocument.Parse(await client.GetStringAsync(path)).RootElement;
}
