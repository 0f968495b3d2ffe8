using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AuditConsole.ApiKeys;

namespace AuditConsole.Tests.WorkOS;

/// <summary>What the server answers, held to the types that the official SDK declares for it.</summary>
[Collection(WorkOSTests.Name)]
public sealed class SdkTypesTests(WorkOSFixture fixture)
{
    [Fact]
    public async Task The_types_of_the_SDK_take_every_answer()
    {
        var organization = await fixture.NewAsync(
            ApiKeyPolicies.EventsWriteScope, ApiKeyPolicies.SchemasWriteScope, ApiKeyPolicies.ExportsReadScope, ApiKeyPolicies.RetentionWriteScope, ApiKeyPolicies.PortalWriteScope);
        await fixture.Console.SetProgrammaticReadingAsync(organization.Tenant, on: true);
        var source = new StringBuilder(
            """
            import type { AuditLogExportResponse, AuditLogSchemaResponse, AuditLogsRetentionResponse, PortalLinkResponseWire, UpdateAuditLogsRetentionResponse } from '@workos-inc/node';
            // Members that the type doesn't name may come with it.
            declare function take<Type>(): <Answer extends Type>(answer: Answer) => void;
            // @ts-expect-error: proves that the compiler checks what follows.
            take<AuditLogSchemaResponse>()({"object":"audit_log_schema","version":"1","targets":[],"created_at":""});

            """);

        await AddAsync(
            "AuditLogSchemaResponse", "auditLogs.createSchema",
            new { action = "a.b", actor = new { metadata = new { role = "string" } }, targets = new[] { new { type = "team", metadata = new { seats = "number" } } }, metadata = new { by = "boolean" } });
        await AddAsync("AuditLogSchemaResponse", "auditLogs.createSchema", new { action = "a.c", targets = new[] { new { type = "team" } } });
        var export = await AddAsync(
            "AuditLogExportResponse", "auditLogs.createExport",
            new { organizationId = organization.Id, rangeStart = WorkOSSdk.Date(DateTimeOffset.UnixEpoch), rangeEnd = WorkOSSdk.Date(DateTimeOffset.UnixEpoch.AddDays(1)) });
        await AddAsync("AuditLogExportResponse", "auditLogs.getExport", JsonDocument.Parse(export).RootElement.GetProperty("id").GetString());
        await AddAsync("PortalLinkResponseWire", "adminPortal.generateLink", new { organization = organization.Id, intent = "audit_logs" });
        await AddAsync("AuditLogsRetentionResponse", "auditLogs.getOrganizationAuditLogsRetention", new { id = organization.Id });
        await AddAsync("UpdateAuditLogsRetentionResponse", "auditLogs.updateOrganizationAuditLogsRetention", new { id = organization.Id, retentionPeriod = "3_YEARS" });

        Assert.Equal("", await CompileAsync(source.ToString()));

        async Task<string> AddAsync(string type, string method, object? argument)
        {
            var answer = Assert.Single((await organization.CallAsync(method, [argument])).Done().Raw);
            source.AppendLine(CultureInfo.InvariantCulture, $"take<{type}>()({answer.Body});");
            return answer.Body;
        }
    }

    /// <summary>Checks a file with the TypeScript compiler.</summary>
    /// <returns>Its complaints.</returns>
    private static async Task<string> CompileAsync(string source)
    {
        // Within the folder of the packages, where their types are found.
        var folder = Directory.CreateDirectory(Path.Combine(WorkOSSdk.Folder, "node_modules", ".answers", Guid.NewGuid().ToString("N"))).FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "answers.mts"), source);
            using var compiler = Process.Start(new ProcessStartInfo(
                "node",
                [
                    Path.Combine(WorkOSSdk.Folder, "node_modules", "typescript", "bin", "tsc"), "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext",
                    "--target", "es2022", "answers.mts",
                ])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
            })!;
            var complaints = await compiler.StandardOutput.ReadToEndAsync();
            await compiler.WaitForExitAsync();
            return compiler.ExitCode == 0 ? complaints : $"{complaints} (exit code {compiler.ExitCode})";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
