using FsCheck;
using FsCheck.Fluent;

namespace AuditConsole.Tests.Core;

/// <summary>Properties over values made from a seed; a failure names the seed.</summary>
internal static class Property
{
    public static void Holds(Func<int, bool> property, int times = 300) =>
        Prop.ForAll(Arb.From(Gen.Choose(int.MinValue, int.MaxValue)), property)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(times));
}
