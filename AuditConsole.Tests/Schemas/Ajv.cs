using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Schemas;

/// <summary>The npm package ajv, which the tests take as right: one process judges everything that is piped into it.</summary>
internal static class Ajv
{
    /// <summary>Judges documents; the same order comes back.</summary>
    /// <param name="cases">Schemas with their documents, each as canonical JSON.</param>
    /// <returns>For each schema, for each document, its problems as <c>/place keyword</c>, sorted.</returns>
    public static async Task<IReadOnlyList<IReadOnlyList<string[]>>> JudgeAsync(IReadOnlyList<(string Schema, IReadOnlyList<string> Documents)> cases)
    {
        var folder = Path.Combine(RepositoryFile.Root, "AuditConsole.Tests", "Npm");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules", "ajv")), "The npm packages are missing: run ./test once, or npm ci in AuditConsole.Tests/Npm.");
        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, "ajv.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var errors = node.StandardError.ReadToEndAsync();
        var writing = Task.Run(async () =>
        {
            foreach (var (schema, documents) in cases)
            {
                await node.StandardInput.WriteLineAsync($"{{\"schema\":{schema},\"documents\":[{string.Join(',', documents)}]}}");
            }
            node.StandardInput.Close();
        });
        var judged = new List<IReadOnlyList<string[]>>();
        while (await node.StandardOutput.ReadLineAsync() is { } line)
        {
            var answer = JsonNode.Parse(line)!;
            Assert.True(answer["fault"] is null, $"ajv can't compile {cases[judged.Count].Schema}: {answer["fault"]}");
            judged.Add([.. answer["results"]!.AsArray().Select(document =>
                document!.AsArray().Select(problem => $"{problem![0]} {problem[1]}").Order(StringComparer.Ordinal).ToArray())]);
        }
        await writing;
        Assert.True(judged.Count == cases.Count, $"node ended early: {await errors}");
        return judged;
    }
}
