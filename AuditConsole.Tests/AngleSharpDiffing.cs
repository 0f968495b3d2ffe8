using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace AuditConsole.Tests;

internal static class AngleSharpDiffing
{
    // bUnit is compiled against version 1.1 of this assembly and works with 0.17; the runtime refuses an older
    // version of its own accord and asks here.
    [ModuleInitializer]
    internal static void RedirectAngleSharpDiffing() =>
        AssemblyLoadContext.Default.Resolving += (context, name) => name.Name == "AngleSharp.Diffing"
            ? context.LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "AngleSharp.Diffing.dll"))
            : null;
}
