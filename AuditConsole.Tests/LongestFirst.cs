using Xunit.Abstractions;

[assembly: TestCollectionOrderer("AuditConsole.Tests.LongestFirst", "AuditConsole.Tests")]

namespace AuditConsole.Tests;

/// <summary>
/// Begins with the collections that take longest. The tests of one collection run one after the other, and those of
/// the browser, begun in the middle, ran on alone for minutes after all others had ended.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
        [Browser.BrowserTests.Name, nameof(CommandLine.CommandLineTests), nameof(Operations.KillTests), Exports.ExportTestsCollection.Name];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(PlaceOf).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);

    private static int PlaceOf(ITestCollection collection) =>
        Array.FindIndex(Long, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal)) is >= 0 and var place ? place : Long.Length;
}
