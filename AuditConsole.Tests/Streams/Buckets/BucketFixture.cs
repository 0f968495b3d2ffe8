using AuditConsole.Checkpoints;
using AuditConsole.Streams;
using AuditConsole.Streams.Reach;
using AuditConsole.Tests.Streams.Destinations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AuditConsole.Tests.Streams.Buckets;

/// <summary>A started console whose requests to Google arrive at a stub.</summary>
public sealed class BucketFixture : StreamFixture
{
    internal GoogleStub Google { get; } = new();

    public override async Task InitializeAsync()
    {
        await Google.InitializeAsync();
        // Nothing is signed but what a test asks for.
        Console.Settings["Integrity:CheckpointSeconds"] = "86400";
        Console.ConfigureServices = services => services.AddSingleton(provider =>
        {
            var guarded = new GuardedHttp(provider.GetRequiredService<IOptions<StreamOptions>>(), provider.GetRequiredService<IHostEnvironment>());
            return new GuardedHttp(provider.GetRequiredService<IOptions<StreamOptions>>(), provider.GetRequiredService<IHostEnvironment>())
            {
                Client = new HttpClient(new ToStub(Google.Address) { InnerHandler = guarded.Handler }),
                Uploads = new HttpClient(new ToStub(Google.Address) { InnerHandler = guarded.Handler }),
            };
        });
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Google.DisposeAsync();
    }

    /// <summary>Appends entries, and signs a checkpoint over them.</summary>
    internal async Task<StoredCheckpoint> SignAsync(StreamTenant tenant)
    {
        // The first look after a tenant was made signs whatever is there.
        await Console.Services.GetRequiredService<CheckpointService>().RunAsync(default);
        await tenant.AppendAsync(2);
        Assert.True(await Console.Services.GetRequiredService<CheckpointService>().SignNowAsync(tenant.Tenant.Number, default));
        return (await Console.Services.GetRequiredService<CheckpointReader>().ReadNewestAsync(tenant.Tenant.Number, 1, default))[0];
    }

    private sealed class ToStub(Uri stub) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.Host.EndsWith("googleapis.com", StringComparison.Ordinal))
            {
                request.Headers.Host ??= request.RequestUri.Authority;
                request.RequestUri = new UriBuilder(request.RequestUri) { Scheme = stub.Scheme, Host = stub.Host, Port = stub.Port }.Uri;
            }
            return base.SendAsync(request, cancellationToken);
        }
    }
}
