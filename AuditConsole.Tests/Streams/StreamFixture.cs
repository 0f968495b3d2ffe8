using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Tenants;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Streams;

/// <summary>A started console that may reach loopback, and real receivers there.</summary>
public class StreamFixture : IAsyncLifetime
{
    public ConsoleFactory Console { get; } = new()
    {
        Settings =
        {
            ["Streams:AllowedNetworks:0"] = "127.0.0.0/8",
            ["Streams:Pace"] = "00:00:00.001",
            // What is tried again at once is tested by what was received, not by waiting.
            ["Streams:Retries:0"] = "00:00:00.001",
            ["Streams:Retries:1"] = "00:00:00.002",
            ["Streams:CheckpointPace"] = "00:00:00.001",
        },
    };

    internal ReceiverHost Receivers { get; private set; } = null!;

    public StreamService Service => Console.Services.GetRequiredService<StreamService>();

    public virtual async Task InitializeAsync()
    {
        Receivers = await ReceiverHost.StartAsync();
        Console.StartServer();
    }

    public virtual async Task DisposeAsync()
    {
        await Console.DisposeAsync();
        await Receivers.DisposeAsync();
    }

    /// <summary>A tenant of its own, and who asks for it.</summary>
    internal async Task<StreamTenant> NewTenantAsync()
    {
        var slug = $"t-{Guid.NewGuid():N}";
        return new StreamTenant(this, await Console.AddTenantAsync(slug));
    }
}

/// <summary>A tenant and its streams.</summary>
internal sealed class StreamTenant(StreamFixture fixture, Tenant tenant)
{
    public Tenant Tenant => tenant;

    public StreamOwner Owner { get; } = StreamOwner.Console(tenant);

    public StreamService Service => fixture.Service;

    public IEntryStore Store => fixture.Console.Services.GetRequiredService<IEntryStore>();

    public StreamDraft Draft(Receiver receiver, string kind = "http", params (string Name, string Value)[] settings) => new()
    {
        Name = $"To {kind}",
        Kind = kind,
        Settings = settings.Append(("url", receiver.Address.ToString())).ToDictionary(pair => pair.Item1, pair => pair.Item2),
    };

    public async Task<string> AddAsync(StreamDraft draft) => (await Service.AddAsync(Owner, draft, default)).Id;

    public Task<string> AddAsync(Receiver receiver, string kind = "http") => AddAsync(Draft(receiver, kind));

    /// <summary>Appends entries of one request.</summary>
    /// <returns>Their sequences.</returns>
    public async Task<IReadOnlyList<long>> AppendAsync(params NewEntry[] entries)
    {
        var request = TestEntries.Request(tenant.Number, entries) with { TenantId = tenant.Id };
        return [.. (await Store.AppendAsync(request, default)).Entries.Select(entry => entry.Sequence)];
    }

    public Task<IReadOnlyList<long>> AppendAsync(int count, string action = "RulePublished") =>
        AppendAsync([.. Enumerable.Range(0, count).Select(i => TestEntries.Entry(action, slug: $"rule-{i}"))]);

    public Task<StreamView> GetAsync(string id) => Service.GetAsync(Owner, id, default);

    // Failures come a millisecond apart here: a stream that should have stopped is known by them.
    private const int MostFailures = 500;

    /// <summary>Waits until the stream is as is asked; after more failures than any test brings forth, or two minutes, it says how it is.</summary>
    public async Task<StreamView> UntilAsync(string id, Func<StreamView, bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = await GetAsync(id);
            if (condition(view))
            {
                return view;
            }
            if (view.Status.Failures > MostFailures || TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromMinutes(2))
            {
                throw new TimeoutException(view.Status.ToString());
            }
            await Task.Delay(10);
        }
    }

    /// <summary>Sequences of everything in the log that the tenant's stream would take.</summary>
    public async Task<long> SizeAsync() => (await Store.ReadHeadAsync(tenant.Number, default)).Size;
}
