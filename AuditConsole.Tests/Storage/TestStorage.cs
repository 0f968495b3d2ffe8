using AuditConsole.Checkpoints;
using AuditConsole.Integrity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Storage.Segments;
using AuditConsole.Storage.Sqlite;
using AuditConsole.Tenants;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Tests.Storage;

/// <summary>The real storage over a file of its own, without the rest of the application.</summary>
public sealed class TestStorage : IAsyncLifetime, IAsyncDisposable
{
    private readonly string _directory;
    private readonly bool _ownsDirectory;
    private ServiceProvider? _services;
    private int _tenants;

    public TestStorage() : this(directory: null)
    {
    }

    internal TestStorage(string? directory, FakeClock? clock = null)
    {
        _ownsDirectory = directory is null;
        _directory = directory ?? System.IO.Directory.CreateTempSubdirectory("audit-storage-").FullName;
        Clock = clock ?? new FakeClock();
    }

    public FakeClock Clock { get; }

    /// <summary>Small, so that a few entries are enough for several of them.</summary>
    internal SegmentSizes Sizes { get; init; } = new(Small: 8, Large: 32);

    /// <summary>What it logged.</summary>
    internal LogLines Log { get; } = new();

    public string Directory => _directory;

    public string DatabaseFile => Path.Combine(_directory, "audit-console.db");

    public IServiceProvider Services => _services!;

    public IEntryStore Store => Services.GetRequiredService<IEntryStore>();

    internal SqliteWriter Writer => Services.GetRequiredService<SqliteWriter>();

    public IDbContextFactory<ConsoleDbContext> Contexts => Services.GetRequiredService<IDbContextFactory<ConsoleDbContext>>();

    public static async Task<TestStorage> StartAsync(string? directory = null, FakeClock? clock = null)
    {
        var storage = new TestStorage(directory, clock);
        try
        {
            await storage.InitializeAsync();
            return storage;
        }
        catch
        {
            await storage.DisposeAsync();
            throw;
        }
    }

    public Task InitializeAsync() => InitializeAsync(default);

    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        _services = Build(_directory, Clock, Sizes);
        _services.GetRequiredService<ILoggerFactory>().AddProvider(Log);
        await _services.GetRequiredService<StorageHost>().StartAsync(cancellationToken);
    }

    /// <summary>Stops it and starts it again over the same file.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await InitializeAsync();
    }

    public async Task StopAsync()
    {
        if (_services is not null)
        {
            await _services.GetRequiredService<StorageHost>().StopAsync(default);
            await _services.DisposeAsync();
            _services = null;
        }
    }

    /// <summary>A new tenant's number.</summary>
    public async Task<int> AddTenantAsync()
    {
        var number = Interlocked.Increment(ref _tenants);
        await using var context = await Contexts.CreateDbContextAsync();
        context.Tenants.Add(new Tenant
        {
            Number = number,
            Id = TestEntries.IdOf(number),
            Slug = $"tenant-{number}",
            Name = $"Tenant {number}",
            CreatedAt = Clock.Now,
            AppliedRetention = "24 months",
        });
        await context.SaveChangesAsync();
        return number;
    }

    public Task<VerificationResult> VerifyAsync(int tenant) =>
        Services.GetRequiredService<VerificationService>().VerifyAsync(tenant, progress: null, default);

    /// <summary>A connection as anybody with the file opens it: no pragma of the application is set.</summary>
    public SqliteConnection OpenRaw()
    {
        var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=False");
        connection.Open();
        return connection;
    }

    public int ExecuteRaw(string sql)
    {
        using var connection = OpenRaw();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    public long QueryRaw(string sql)
    {
        using var connection = OpenRaw();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsDirectory && System.IO.Directory.Exists(_directory))
        {
            System.IO.Directory.Delete(_directory, recursive: true);
        }
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public static ServiceProvider Build(string directory, TimeProvider clock, params (string Key, string Value)[] settings) =>
        Build(directory, clock, new SegmentSizes(Small: 8, Large: 32), settings);

    private static ServiceProvider Build(string directory, TimeProvider clock, SegmentSizes sizes, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create("Storage:DataDirectory", (string?)directory)])
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<IHostEnvironment>(new Environment(directory));
        services.AddSingleton(clock);
        services.AddSingleton(sizes);
        services.AddStorage(configuration);
        services.AddRetention(configuration);
        services.AddCheckpoints(configuration);
        services.AddIntegrity(configuration);
        return services.BuildServiceProvider();
    }

    private sealed class Environment(string root) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Test";

        public string ApplicationName { get; set; } = "AuditConsole";

        public string ContentRootPath { get; set; } = root;

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
