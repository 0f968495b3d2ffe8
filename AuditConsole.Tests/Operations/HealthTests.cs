using System.Net;
using Microsoft.Data.Sqlite;

namespace AuditConsole.Tests.Operations;

public sealed class HealthTests
{
    [Fact]
    public async Task Anyone_may_ask_whether_it_lives_and_is_ready()
    {
        await using var console = new ConsoleFactory();
        console.StartServer();
        using var client = new HttpClient { BaseAddress = console.Address };
        Assert.Equal("""{"status":"ok"}""", await client.GetStringAsync("/healthz"));
        Assert.Equal("""{"status":"ready"}""", await client.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task A_database_without_this_versions_schema_is_not_ready_and_says_so()
    {
        await using var console = new ConsoleFactory();
        console.StartServer();
        using var client = new HttpClient { BaseAddress = console.Address };
        Execute(console, "ALTER TABLE __EFMigrationsHistory RENAME TO away");
        using (var refused = await UntilAsync(client, HttpStatusCode.ServiceUnavailable))
        {
            Assert.Equal(
                """{"status":"unavailable","reason":"The database has not been brought up to this version yet."}""",
                await refused.Content.ReadAsStringAsync());
        }
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
        Execute(console, "ALTER TABLE away RENAME TO __EFMigrationsHistory");
        using var again = await UntilAsync(client, HttpStatusCode.OK);
        Execute(console, "ALTER TABLE tenant RENAME TO away");
        using var unreadable = await UntilAsync(client, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("""{"status":"unavailable","reason":"The database can't be read."}""", await unreadable.Content.ReadAsStringAsync());
    }

    private static void Execute(ConsoleFactory console, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(console.DataDirectory, "audit-console.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static async Task<HttpResponseMessage> UntilAsync(HttpClient client, HttpStatusCode status)
    {
        for (var i = 0; ; i++)
        {
            var answer = await client.GetAsync("/readyz");
            if (answer.StatusCode == status || i == 100)
            {
                Assert.Equal(status, answer.StatusCode);
                return answer;
            }
            answer.Dispose();
            await Task.Delay(100);
        }
    }
}
