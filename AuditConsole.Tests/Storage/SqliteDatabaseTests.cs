using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Storage;
using AuditConsole.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AuditConsole.Tests.Storage;

/// <summary>The file, its schema and its failures.</summary>
public sealed class SqliteDatabaseTests
{
    [Fact]
    public async Task The_model_and_the_migrations_agree()
    {
        await using var storage = await TestStorage.StartAsync();
        await using var context = await storage.Contexts.CreateDbContextAsync();
        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task Entries_of_the_first_version_are_found_by_targets_and_networks_too()
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await storage.AddTenantAsync();
        await storage.Store.AppendAsync(
            TestEntries.Request(
                tenant,
                TestEntries.Entry(ip: "203.0.113.42") with { Targets = [new Resource("Rule", "rul_7", "no-eval"), new Resource("Rule", "rul_8", "other")] },
                TestEntries.Entry(slug: "203.0.113.43", ip: "2001:db8::1")),
            default);
        await storage.StopAsync();
        FirstVersion.Make(storage);
        storage.ExecuteRaw("DELETE FROM dictionary WHERE value IN ('rul_7', 'rul_8', 'other')");
        await storage.InitializeAsync();
        foreach (var (filter, expected) in new (EntryFilter, long)[]
        {
            (new() { Scope = default, Target = "no-eval" }, 1), (new() { Scope = default, Target = "id-of-no-eval" }, 1), (new() { Scope = default, Target = "rul_8" }, 1),
            (new() { Scope = default, Target = "other" }, 1), (new() { Scope = default, EntityId = "id-of-no-eval" }, 1), (new() { Scope = default, EntityId = "rul_7" }, 0),
            (new() { Scope = default, Ip = "203.0.113.0/24" }, 1), (new() { Scope = default, Ip = "2001:db8::/32" }, 1), (new() { Scope = default, Ip = "198.51.100.0/24" }, 0),
        })
        {
            Assert.Equal(expected, await storage.Store.CountAsync(filter with { Scope = TestEntries.Scope(tenant) }, 2, default));
        }
        Assert.True((await storage.VerifyAsync(tenant)).Holds);
    }

    [Fact]
    public async Task A_key_of_the_first_version_stays_its_tenants()
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await storage.AddTenantAsync();
        await storage.StopAsync();
        FirstVersion.Make(storage);
        storage.ExecuteRaw(
            $"""
            INSERT INTO api_key (Id, TenantNumber, Name, Hash, Hint, Scopes, Slug, CreatedAt, CreatedBy, ExpiresAt, RevokedAt)
            VALUES ('key_1', {tenant}, 'ci', x'01', 'aud_live_ab', 'events:write', 'ci', 1, 'console', 5, 4)
            """);
        await storage.InitializeAsync();
        await using var context = await storage.Contexts.CreateDbContextAsync();
        var key = await context.Set<ApiKey>().SingleAsync();
        Assert.Equal(
            ("key_1", tenant, "ci", "01", "events:write", "ci", 5L, 4L),
            (key.Id, key.TenantNumber, key.Name, Convert.ToHexString(key.Hash), key.Scopes, key.Slug, key.ExpiresAt?.ToUnixTimeMilliseconds(), key.RevokedAt?.ToUnixTimeMilliseconds()));
    }

    [Fact]
    public async Task A_reader_steps_through_rows_however_many_statements_it_prepares_meanwhile()
    {
        await using var storage = await TestStorage.StartAsync();
        var read = await storage.Services.GetRequiredService<ReaderPool>().RunAsync(
            connection =>
            {
                var rows = connection.Prepare("VALUES (1), (2)");
                var sum = 0L;
                while (rows.Step())
                {
                    sum += rows.Long(0);
                    for (var i = 0; i < 200; i++)
                    {
                        connection.Prepare($"SELECT {i}").Run();
                    }
                }
                return sum;
            },
            default);
        Assert.Equal(3, read);
    }

    [Fact]
    public async Task The_file_is_its_owners_and_keeps_nothing_that_was_deleted()
    {
        await using var storage = await TestStorage.StartAsync(Path.Combine(Directory.CreateTempSubdirectory("audit-storage-").FullName, "deep", "data"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(storage.Directory));
            foreach (var file in Directory.GetFiles(storage.Directory, "audit-console.db*"))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
        var pragmas = await storage.Writer.RunAsync(
            inTransaction: false,
            session => Pragmas(session.Connection, "page_size", "auto_vacuum", "journal_mode", "synchronous", "secure_delete", "recursive_triggers", "trusted_schema", "foreign_keys"),
            default);
        Assert.Equal("page_size=8192 auto_vacuum=2 journal_mode=wal synchronous=2 secure_delete=1 recursive_triggers=1 trusted_schema=0 foreign_keys=1", pragmas);
        await using var context = await storage.Contexts.CreateDbContextAsync();
        await context.Database.OpenConnectionAsync();
        Assert.Equal("synchronous=2 secure_delete=1 trusted_schema=0", Pragmas((SqliteConnection)context.Database.GetDbConnection(), "synchronous", "secure_delete", "trusted_schema"));
    }

    [Fact]
    public async Task A_second_process_is_told_that_the_directory_is_in_use()
    {
        await using var storage = await TestStorage.StartAsync();
        var refusal = await Assert.ThrowsAsync<DataDirectoryInUseException>(() => TestStorage.StartAsync(storage.Directory));
        Assert.Contains(storage.Directory, refusal.Message);
        await storage.RestartAsync();
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
    {
        await using var storage = await TestStorage.StartAsync();
        storage.ExecuteRaw("INSERT INTO __EFMigrationsHistory VALUES ('29991231000000_Future', '99.0.0')");
        await storage.StopAsync();
        var refusal = await Assert.ThrowsAsync<StorageException>(storage.InitializeAsync);
        Assert.Contains("newer version", refusal.Message);
        Assert.Contains("29991231000000_Future", refusal.Message);
        await using var reader = TestStorage.Build(storage.Directory, storage.Clock);
        Assert.Contains("newer version", Assert.Throws<StorageException>(reader.GetRequiredService<StorageHost>().RequireReadable).Message);
    }

    [Fact]
    public async Task A_reader_refuses_a_database_that_lacks_migrations_or_is_not_there()
    {
        await using var storage = await TestStorage.StartAsync();
        var host = storage.Services.GetRequiredService<StorageHost>();
        host.RequireReadable();
        storage.ExecuteRaw("DELETE FROM __EFMigrationsHistory");
        Assert.Contains("older version", Assert.Throws<StorageException>(host.RequireReadable).Message);
        await using var elsewhere = TestStorage.Build(Path.Combine(storage.Directory, "nothing"), storage.Clock);
        Assert.Contains("There is no database", Assert.Throws<StorageException>(elsewhere.GetRequiredService<StorageHost>().RequireReadable).Message);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        var directory = Directory.CreateTempSubdirectory("audit-storage-").FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "audit-console.db"), new string('x', 20_000));
        var refusal = await Assert.ThrowsAsync<StorageException>(() => TestStorage.StartAsync(directory));
        Assert.Contains("is not an SQLite database", refusal.Message);
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("Storage:Provider", "Postgres", "Storage:Provider is Postgres, which doesn't exist yet")]
    [InlineData("Storage:Provider", "Oracle", "The values are: Sqlite")]
    [InlineData("Storage:DataDirectory", " ", "Storage:DataDirectory must name a folder")]
    [InlineData("Retention:Months", "0", "Retention:Months is 0")]
    public async Task A_wrong_setting_is_refused_by_its_key(string key, string value, string message)
    {
        await using var services = TestStorage.Build("data", new FakeClock(), (key, value));
        Assert.Contains(message, Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate()).Message);
    }

    [Fact]
    public async Task What_was_accepted_is_stored_before_the_storage_stops()
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await storage.AddTenantAsync();
        var store = storage.Store;
        var appends = Enumerable.Range(0, 500).Select(_ => store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default)).ToList();
        await storage.StopAsync();
        var acknowledged = (await Task.WhenAll(appends)).Select(result => result.Entries[0]).ToList();
        await Assert.ThrowsAsync<StorageException>(() => store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default));
        await storage.InitializeAsync();
        Assert.Equal(acknowledged.MaxBy(entry => entry.Sequence).Hash, (await storage.Store.ReadHeadAsync(tenant, default)).Hash);
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default);
        var result = await storage.VerifyAsync(tenant);
        Assert.Equal((501L, null), (result.Entries, result.Fault));
    }

    [Fact]
    public async Task Entries_of_a_commit_are_stored_by_tenant_and_keep_their_order()
    {
        await using var storage = await TestStorage.StartAsync();
        int[] tenants = [await storage.AddTenantAsync(), await storage.AddTenantAsync(), await storage.AddTenantAsync()];
        using var go = new ManualResetEventSlim();
        var holding = storage.Writer.RunAsync(inTransaction: false, _ => { go.Wait(); return true; }, default);
        var appending = Enumerable.Range(0, 30).Select(i => storage.Store.AppendAsync(TestEntries.Request(tenants[i % 3], TestEntries.Entry(slug: $"entry-{i / 3}")), default)).ToList();
        go.Set();
        await holding;
        Assert.Equal(Enumerable.Range(0, 30).Select(i => i / 3 + 1L), (await Task.WhenAll(appending)).Select(result => result.Entries[0].Sequence));
        Assert.Equal(0, storage.QueryRaw("SELECT count(*) FROM (SELECT position, row_number() OVER (ORDER BY tenant, sequence) AS place FROM entry) WHERE position <> place"));
        foreach (var tenant in tenants)
        {
            Assert.Equal(Enumerable.Range(0, 10).Select(i => $"entry-{i}"), (await storage.Store.ReadPageAsync(TestEntries.Filter(tenant), new PageRequest(10), default)).Entries.OrderBy(entry => entry.Sequence).Select(entry => entry.Content.Target.Slug));
        }
    }

    [Fact]
    public async Task A_full_disk_fails_whoever_waits_and_nobody_after_it()
    {
        await using var storage = await TestStorage.StartAsync();
        var (tenant, other) = (await storage.AddTenantAsync(), await storage.AddTenantAsync());
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(slug: "before")), default);
        // SQLite reports the end of its allowed pages as it reports a full disk, and rolls back as it does then.
        await SetMostPagesAsync(storage, 1);
        var large = TestEntries.Entry(slug: "too-much", metadata: new { text = new string('x', 60_000) });
        var failing = Enumerable.Range(0, 20).Select(i => storage.Store.AppendAsync(TestEntries.Request(i % 2 == 0 ? tenant : other, large, large), default)).ToList();
        failing.Add(storage.Store.AppendAsync(TestEntries.Request(tenant, large) with { Change = context => context.Tenants.First().Name = "Not kept" }, default));
        foreach (var append in failing)
        {
            Assert.Contains("full", (await Assert.ThrowsAsync<StorageException>(() => append)).Message);
        }
        await SetMostPagesAsync(storage, 1_000_000);
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(slug: "after")), default);
        await storage.Store.AppendAsync(TestEntries.Request(other, large), default);
        Assert.Equal((2L, 1L), ((await storage.Store.ReadHeadAsync(tenant, default)).Size, (await storage.Store.ReadHeadAsync(other, default)).Size));
        Assert.Null((await storage.VerifyAsync(tenant)).Fault);
        Assert.Null((await storage.VerifyAsync(other)).Fault);
        Assert.Equal(0, storage.QueryRaw("SELECT count(*) FROM tenant WHERE Name = 'Not kept'"));
    }

    [Fact]
    public async Task A_row_that_stands_in_the_way_of_one_tenant_fails_only_that_one()
    {
        await using var storage = await TestStorage.StartAsync();
        var (tenant, other) = (await storage.AddTenantAsync(), await storage.AddTenantAsync());
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default);
        storage.ExecuteRaw($"UPDATE chain SET size = 0 WHERE tenant = {tenant}");
        await storage.RestartAsync();
        var blocked = Enumerable.Range(0, 10).Select(_ => storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default)).ToList();
        var others = Enumerable.Range(0, 10).Select(_ => storage.Store.AppendAsync(TestEntries.Request(other, TestEntries.Entry()), default)).ToList();
        await Task.WhenAll(others);
        foreach (var append in blocked)
        {
            await Assert.ThrowsAsync<StorageException>(() => append);
        }
        Assert.Equal(10, (await storage.VerifyAsync(other)).Entries);
    }

    [Fact]
    public async Task A_start_fails_for_no_page_that_it_reads_by_itself()
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await storage.AddTenantAsync();
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(), TestEntries.Entry()), default);
        storage.ExecuteRaw("DROP TRIGGER entry_is_never_updated; UPDATE entry SET id = x'00' WHERE sequence = 2");
        await storage.RestartAsync();
        await Assert.ThrowsAsync<StorageException>(() => storage.Store.ReadPageAsync(TestEntries.Filter(tenant), new PageRequest(100), default));
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default);
    }

    [Theory]
    [InlineData("UPDATE entry SET details = '{}' WHERE sequence = 1", "entries are never changed")]
    [InlineData("UPDATE OR REPLACE entry SET sequence = 2 WHERE sequence = 1", "entries are never changed")]
    [InlineData("DELETE FROM entry", "entries leave by retention alone")]
    [InlineData("INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE sequence = 1", "entries are never replaced")]
    [InlineData("REPLACE INTO entry SELECT position + 100, tenant, sequence, occurred_at, recorded_at, recorded_by, actor_type, actor, action, entity_type, entity_id, entity_slug, shown_slug, entity_version, engine_version, ip, correlation_id, schema_version, id, salt, leaf, hash, '{}' FROM entry WHERE sequence = 1", "entries are never replaced")]
    [InlineData("INSERT INTO entry SELECT * FROM entry WHERE true ON CONFLICT DO UPDATE SET details = '{}'", "entries are never")]
    [InlineData("DELETE FROM chain", "the head of a chain stays")]
    public async Task A_program_with_the_file_cannot_change_an_entry_by_mistake(string sql, string message)
    {
        await using var storage = await TestStorage.StartAsync();
        var tenant = await storage.AddTenantAsync();
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry(), TestEntries.Entry()), default);
        Assert.Contains(message, Assert.Throws<SqliteException>(() => storage.ExecuteRaw(sql)).Message);
        // A permit that was left behind covers only what is older.
        storage.ExecuteRaw($"INSERT INTO purge_permit VALUES ({tenant}, {storage.Clock.Now.ToUnixTimeMilliseconds() - 1})");
        Assert.Throws<SqliteException>(() => storage.ExecuteRaw(sql));
        Assert.Null((await storage.VerifyAsync(tenant)).Fault);
        // Nor can what the service itself changes beside an entry, on the connection that writes entries without triggers.
        var change = TestEntries.Request(tenant, TestEntries.Entry()) with
        {
            Change = context =>
            {
                using var command = context.Database.GetDbConnection().CreateCommand();
                command.CommandText = sql;
                command.ExecuteNonQuery();
            },
        };
        Assert.Contains(message, (await Assert.ThrowsAnyAsync<Exception>(() => storage.Store.AppendAsync(change, default))).ToString());
        await storage.Store.AppendAsync(TestEntries.Request(tenant, TestEntries.Entry()), default);
        var verified = await storage.VerifyAsync(tenant);
        Assert.Null(verified.Fault);
        Assert.Equal(3, verified.Entries);
    }

    private static string Pragmas(SqliteConnection connection, params string[] names) => string.Join(' ', names.Select(name =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA {name}";
        return $"{name}={command.ExecuteScalar()}";
    }));

    private static Task<long> SetMostPagesAsync(TestStorage storage, long pages) => storage.Writer.RunAsync(
        inTransaction: false,
        session =>
        {
            using var command = session.Connection.CreateCommand();
            command.CommandText = $"PRAGMA max_page_count = {pages}";
            return (long)command.ExecuteScalar()!;
        },
        default);
}
