using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>A vendor's official client for Node.js, which shows that a stub is one that the vendor's own programs can speak to.</summary>
internal static class NpmClient
{
    /// <summary>Runs <c>destinations.mjs</c> once.</summary>
    /// <param name="client">Which client.</param>
    /// <param name="arguments">What it is given.</param>
    /// <returns>What it returned; fails where it threw.</returns>
    public static async Task<JsonNode?> RunAsync(string client, object arguments)
    {
        var folder = Path.Combine(RepositoryFile.Root, "AuditConsole.Tests", "Npm");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), "The npm packages are missing: run ./test once, or npm ci in AuditConsole.Tests/Npm.");
        using var process = Process.Start(new ProcessStartInfo("node", ["destinations.mjs", client])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(arguments));
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);
        return output.Length == 0 ? null : JsonNode.Parse(output);
    }
}
