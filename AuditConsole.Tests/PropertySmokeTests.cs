using FsCheck;
using FsCheck.Fluent;

namespace AuditConsole.Tests;

public sealed class PropertySmokeTests
{
    [Fact]
    public void Reversing_twice_changes_nothing() =>
        Prop.ForAll<int[]>(numbers => numbers.AsEnumerable().Reverse().Reverse().SequenceEqual(numbers))
            .QuickCheckThrowOnFailure();
}
