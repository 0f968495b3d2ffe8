using System.Collections.Concurrent;
using AuditConsole.ApiKeys;
using AuditConsole.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.WorkOS;

/// <summary>The error classes of the official SDK, and what its retries do to the log.</summary>
[Collection(WorkOSTests.Name)]
public sealed class SdkErrorTests(WorkOSFixture fixture)
{
    [Fact]
    public async Task Each_refusal_is_the_error_class_that_WorkOS_would_cause()
    {
        var organization = await fixture.NewAsync();
        Assert.Equal("UnauthorizedException", (await fixture.Sdk.CallAsync(fixture.Console.Address, "sk_example_123", "auditLogs.createEvent", [organization.Id, SdkEventTests.Event()])).ErrorClass);
        Assert.Equal("NotFoundException", (await organization.CallAsync("auditLogs.createEvent", ["org_none", SdkEventTests.Event()])).ErrorClass);

        var noTarget = SdkEventTests.Event();
        noTarget["targets"] = Array.Empty<object>();
        var refused = await organization.CallAsync("auditLogs.createEvent", [organization.Id, noTarget]);
        Assert.Equal(("BadRequestException", "invalid_audit_log_event"), (refused.ErrorClass, refused.Error!["code"]!.GetValue<string>()));
        Assert.Equal("/targets", refused.Error["errors"]![0]!["instancePath"]!.GetValue<string>());

        var noType = SdkEventTests.Event();
        noType["actor"] = new { id = "user_1" };
        var malformed = await organization.CallAsync("auditLogs.createEvent", [organization.Id, noType]);
        Assert.Equal("UnprocessableEntityException", malformed.ErrorClass);
        Assert.Contains("required", malformed.Error!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(await organization.EntriesAsync());
    }

    [Fact]
    public async Task One_request_too_many_is_429_as_the_SDK_knows_it()
    {
        var organization = await fixture.NewAsync();
        await fixture.Console.Services.GetRequiredService<TenantSettingsService>().SetLimitsAsync(organization.Tenant.Number, null, 1, CancellationToken.None);
        (await organization.CallAsync("auditLogs.createEvent", [organization.Id, SdkEventTests.Event()])).Done();

        var refused = await organization.CallAsync("auditLogs.createEvent", [organization.Id, SdkEventTests.Event()]);
        Assert.Equal("RateLimitExceededException", refused.ErrorClass);
        Assert.InRange(refused.Error!["retryAfter"]!.GetValue<int>(), 1, 60);
        Assert.Contains("\"rate_limit_exceeded\"", Assert.Single(refused.Raw).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_key_and_sentagain_is_the_same_answer_and_another_sentunder_it_is_refused()
    {
        var organization = await fixture.NewAsync();
        var options = new { idempotencyKey = "884793cd-bef4-46cf-8790-e3d4957a09ce" };
        var first = (await organization.CallAsync("auditLogs.createEvent", [organization.Id, SdkEventTests.Event(), options])).Done();
        var again = (await organization.CallAsync("auditLogs.createEvent", [organization.Id, SdkEventTests.Event(), options])).Done();
        Assert.Equal(first.Raw, again.Raw);

        var other = await organization.CallAsync("auditLogs.createEvent", [organization.Id, SdkEventTests.Event(action: "user.left"), options]);
        Assert.Equal("UnprocessableEntityException", other.ErrorClass);
        Assert.Single(await organization.EntriesAsync());
    }

    [Fact]
    public async Task Retries_of_the_SDK_store_an_event_once_whether_the_server_failed_or_its_answer_was_lost()
    {
        var faults = new Faults();
        await using var console = new ConsoleFactory { ConfigureServices = services => services.AddSingleton<IStartupFilter>(faults) };
        console.StartServer();
        var tenant = await console.Services.GetRequiredService<TenantService>().AddAsync("retried", "Retried", "org_retried", CancellationToken.None);
        var key = await console.AddKeyAsync(tenant);

        foreach (var fault in new[] { Fault.Unavailable, Fault.AnswerLost })
        {
            faults.Next.Enqueue(fault);
            var answer = (await fixture.Sdk.CallAsync(
                console.Address, key.Text, "auditLogs.createEvent", ["org_retried", SdkEventTests.Event(action: $"user.{fault}")], maxRetries: 3)).Done();
            Assert.Equal([fault == Fault.Unavailable ? 503 : 0, 200], answer.Raw.Select(attempt => attempt.Status));
            Assert.Single((await console.EntriesAsync(tenant)), entry => entry.Content.Action == $"user.{fault}");
        }
    }

    private enum Fault
    {
        Unavailable,
        AnswerLost,
    }

    /// <summary>Stands before the application and spoils one request for each fault that waits.</summary>
    private sealed class Faults : IStartupFilter
    {
        public ConcurrentQueue<Fault> Next { get; } = new();

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, inner) =>
            {
                if (!Next.TryDequeue(out var fault))
                {
                    await inner(context);
                }
                else if (fault == Fault.Unavailable)
                {
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    await context.Response.WriteAsJsonAsync(new { message = "Try again." });
                }
                else
                {
                    // The event is stored, and the connection breaks before the client is told.
                    context.Response.Body = new MemoryStream();
                    await inner(context);
                    context.Abort();
                }
            });
            next(app);
        };
    }
}
