using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AuditConsole.Tests.Ingest;

namespace AuditConsole.Tests.Api;

/// <summary>Whatever an API route refuses, a program can read why.</summary>
public sealed class ApiErrorTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    [Theory]
    [InlineData("GET", "/api/nothing-here", 404, "not_found")]
    [InlineData("GET", "/api", 404, "not_found")]
    [InlineData("POST", "/v1/nothing-here", 404, "not_found")]
    [InlineData("DELETE", "/api/audit-log", 405, "method_not_allowed")]
    public async Task Unknown_routes_and_methods(string method, string path, int status, string code)
    {
        using var producer = await fixture.NewAsync();
        foreach (var client in new[] { producer.Client, new HttpClient { BaseAddress = fixture.Console.Address } })
        {
            using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            var read = new AppendAnswer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), false, answer.Content.Headers.ContentType?.MediaType);
            read.AssertError(status, code);
            if (status == 405)
            {
                Assert.Contains("POST", answer.Content.Headers.Allow);
            }
        }
    }

    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer aud_live_0000000000000000000000000000000000000000000000000")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData(null)]
    public async Task Without_a_good_key(string? authorization)
    {
        using var client = new HttpClient { BaseAddress = fixture.Console.Address };
        using var message = new HttpRequestMessage(HttpMethod.Post, "/api/audit-log") { Content = new StringContent("{") };
        if (authorization is not null)
        {
            message.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        }
        using var answer = await client.SendAsync(message);
        new AppendAnswer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), false, answer.Content.Headers.ContentType?.MediaType)
            .AssertError(401, "unauthenticated");
    }

    [Fact]
    public async Task Too_many_requests_of_one_key_wait_and_another_key_does_not()
    {
        await using var console = new ConsoleFactory { Settings = { ["RateLimits:WritesPerMinute"] = "3" } };
        console.StartServer();
        using var eager = await Producer.CreateAsync(console);
        using var patient = await Producer.CreateAsync(console);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
        {
            using var answer = await eager.Client.PostAsync("/api/audit-log", new StringContent(Bodies.Entry(), Encoding.UTF8, "application/json"));
            statuses.Add(answer.StatusCode);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
                Assert.Equal("rate_limited", JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
            }
        }
        Assert.Equal(2, statuses.Count(status => status == HttpStatusCode.TooManyRequests));
        Assert.Equal(201, (await patient.SendAsync(Bodies.Entry())).Status);
    }
}
