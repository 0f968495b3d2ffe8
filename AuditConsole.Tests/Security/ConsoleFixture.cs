namespace AuditConsole.Tests.Security;

/// <summary>One served application for tests that need no browser and each make their own tenant.</summary>
public sealed class ConsoleFixture : IAsyncLifetime
{
    public ConsoleFactory Console { get; } = new();

    public Task InitializeAsync()
    {
        Console.StartServer();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await Console.DisposeAsync();
}

/// <summary>Tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class ConsoleTests : ICollectionFixture<ConsoleFixture>
{
    public const string Name = "Console";
}
