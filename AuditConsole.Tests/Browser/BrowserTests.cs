namespace AuditConsole.Tests.Browser;

/// <summary>Tests that share one served application and one browser.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<BrowserFixture>
{
    public const string Name = "Browser";
}
