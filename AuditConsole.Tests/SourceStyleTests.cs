using System.Text.RegularExpressions;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests;

/// <summary>
/// What <c>dotnet format</c> would report, and neither the build nor its check of the layout alone does: the order of the
/// usings, <c>this.</c>, and names of the framework where C# has its own. All of <c>dotnet format</c> takes as long as a build.
/// </summary>
public sealed partial class SourceStyleTests
{
    [Fact]
    public void Usings_stand_in_order_and_names_are_written_as_the_language_has_them()
    {
        var problems = Sources().SelectMany(file => Problems(File.ReadAllText(file)).Select(problem => $"{file}: {problem}")).ToList();
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Theory]
    [InlineData("using Xunit;\nusing System;\n", "using System")]
    [InlineData("using AuditConsole.Query;\nusing AuditConsole.Core;\n", "using AuditConsole.Core")]
    [InlineData("class A\n{\n    int B() => this.b;\n}\n", "this.b")]
    [InlineData("class A\n{\n    int B() => Int32.Parse(x);\n}\n", "Int32.")]
    [InlineData("class A\n{\n    String b;\n}\n", "String b")]
    public void Each_is_noticed(string text, string problem) => Assert.Contains(problem, Assert.Single(Problems(text)), StringComparison.Ordinal);

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateDirectories(RepositoryFile.Root, "AuditConsole*")
            .SelectMany(project => Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories).Where(file =>
                Path.GetRelativePath(project, file).Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin")));

    private static IEnumerable<string> Problems(string text)
    {
        var usings = Using().Matches(text).Select(match => match.Groups[1].Value).ToList();
        var ordered = usings.OrderBy(name => name != "System" && !name.StartsWith("System.", StringComparison.Ordinal))
            .ThenBy(name => name.Replace('.', '\0'), StringComparer.OrdinalIgnoreCase);
        if (usings.Zip(ordered).FirstOrDefault(pair => pair.First != pair.Second) is (_, { } earlier))
        {
            yield return $"using {earlier} stands too late";
        }
        foreach (var line in text.Split('\n').Where(line => !line.Contains("InlineData", StringComparison.Ordinal)))
        {
            if (Unidiomatic().Match(line.Split("//")[0]) is { Success: true } match)
            {
                yield return match.Value;
            }
        }
    }

    [GeneratedRegex(@"^using (?!static )([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    // A method after this. may be an extension, which is called in no other way.
    [GeneratedRegex(@"(?<![\w.@""])this\.\w+\b(?!\()|(?<![\w.""])(String|Int16|Int32|Int64|UInt32|UInt64|Boolean|Object|Byte|Double|Single|Char)(\.\w|\?? \w+ *[=;,)(])")]
    private static partial Regex Unidiomatic();
}
