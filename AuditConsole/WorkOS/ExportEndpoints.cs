using System.Text.Json.Serialization;
using AuditConsole.Api;
using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Query;
using AuditConsole.Reading;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.WorkOS;

/// <summary>An export as the API shows it. The address is there only while it is ready.</summary>
internal sealed record ExportView(
    string Object, string Id, string State, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Url,
    [property: JsonPropertyName("created_at")] string CreatedAt, [property: JsonPropertyName("updated_at")] string UpdatedAt);

/// <summary>The routes under <c>/audit_logs/exports</c>.</summary>
internal static class ExportEndpoints
{
    /// <summary><c>POST /audit_logs/exports</c>.</summary>
    public static async Task<IResult> CreateAsync(
        HttpContext context, [FromServices] Organizations organizations, [FromServices] EventExports exports, CancellationToken cancellationToken)
    {
        if (!AppendEndpoint.IsJson(context.Request) || context.Request.Headers.ContentEncoding.Count > 0)
        {
            return ApiErrors.UnsupportedMediaType(context.Request);
        }
        using var body = await RequestBody.ReadAsync(context.Request, cancellationToken);
        if (body is null)
        {
            return ApiErrors.TooLarge();
        }
        using var document = WorkOSBody.Read(body.Bytes, out var refusal);
        if (document is null || ExportRequest.Read(document.RootElement, out refusal) is not { } asked)
        {
            return refusal!;
        }
        var (caller, denied) = await organizations.EnterAsync(context, asked.Organization, Permission.Export, cancellationToken);
        if (caller is null)
        {
            // WorkOS's description of this route knows 400 alone.
            return denied is WorkOSError.NotFound ? WorkOSError.OrganizationNotFound(asked.Organization, 400) : denied!;
        }
        var export = await exports.CreateAsync(caller, asked.From, asked.Until, asked.Selection, cancellationToken);
        return Results.Json(View(export, exports.StateOf(export), null), statusCode: 201, contentType: ReadFormats.Json);
    }

    /// <summary><c>GET /audit_logs/exports/{id}</c>.</summary>
    public static async Task<IResult> GetAsync(
        HttpContext context, string id, [FromServices] Organizations organizations, [FromServices] EventExports exports, [FromServices] ExportLinks links,
        CancellationToken cancellationToken)
    {
        if (await exports.FindAsync(id, cancellationToken) is not { } export)
        {
            return NotFound(id);
        }
        var (caller, refusal) = await organizations.EnterAsync(context, export.TenantNumber, Permission.Export, cancellationToken);
        if (caller is null)
        {
            return refusal ?? NotFound(id);
        }
        var state = exports.StateOf(export);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(View(export, state, state == "ready" ? links.Make(context.Request, export.Id, caller.Id) : null), contentType: ReadFormats.Json);
    }

    /// <summary><c>GET /audit_logs/exports/{id}/download</c>: opened by its address alone, in the name of the key that was given it.</summary>
    public static async Task<IResult> DownloadAsync(
        HttpContext context, string id, string? token, [FromServices] Organizations organizations, [FromServices] EventExports exports, [FromServices] ExportLinks links,
        [FromServices] ApiKeyDirectory keys, [FromServices] ReadRecords records, [FromServices] SecurityLog security, CancellationToken cancellationToken)
    {
        if (links.Read(id, token ?? "") is not { } keyId || await keys.FindByIdAsync(keyId, cancellationToken) is not { } key)
        {
            return WorkOSError.Result(403, "link_expired", "This address of an export is none, or had its time: it works for 10 minutes. Ask for the export again to get a new one.");
        }
        if (await exports.FindAsync(id, cancellationToken) is not { } export || exports.StateOf(export) != "ready")
        {
            return NotFound(id);
        }
        // What was true when the address was given may be no more: the key is revoked, the account has stopped programs from reading.
        var (caller, refusal) = await organizations.EnterAsync(context, key, export.TenantNumber, Permission.Export, cancellationToken);
        if (caller is null)
        {
            return refusal!;
        }
        var selection = System.Text.Json.JsonSerializer.Deserialize<EventSelection>(export.Selection)!;
        return await SendAsync(context, caller, "csv", selection.Parameters(export.From, export.Until), $"{id}.csv", () => exports.ReadAsync(export, cancellationToken), records, security, cancellationToken);
    }

    /// <summary><c>GET /audit_logs/exports</c>: the simple form that is in circulation, answered with the file itself.</summary>
    public static async Task<IResult> StreamAsync(
        HttpContext context, [FromServices] Organizations organizations, [FromServices] EventExports exports, [FromServices] ReadRecords records,
        [FromServices] SecurityLog security, CancellationToken cancellationToken)
    {
        if (ExportRequest.Read(context.Request.Query, out var refusal) is not { } asked)
        {
            return refusal!;
        }
        var (caller, denied) = await organizations.EnterAsync(context, asked.Organization, Permission.Export, cancellationToken);
        if (caller is null)
        {
            return denied!;
        }
        var format = ReadFormats.Of(context.Request, isStream: true) == ReadFormat.Json ? "json" : "csv";
        return await SendAsync(
            context, caller, format, asked.Selection.Parameters(asked.From, asked.Until), null,
            () => exports.ReadAsync(caller.Tenant.Tenant, asked.From, asked.Until, asked.Selection, null, cancellationToken), records, security, cancellationToken);
    }

    private static async Task<IResult> SendAsync(
        HttpContext context, KeyCaller key, string format, IEnumerable<KeyValuePair<string, string>> filter, string? fileName,
        Func<Task<IAsyncEnumerable<AuditEntry>>> read, ReadRecords records, SecurityLog security, CancellationToken cancellationToken)
    {
        try
        {
            var parameters = filter.ToList();
            var client = Client.Of(context);
            await records.NoteAsync(
                new LogRead(key.Tenant.Tenant, new Acting(new Actor(Actor.ApiKeyType, key.Id, key.Name), $"key:{key.Id}", client), "GET /audit_logs/exports", format, parameters),
                null, cancellationToken);
            var entries = await read();
            security.Write(SecurityEventKinds.Download, key.Id, key.Tenant.Tenant, client, $"{format} {string.Join('&', parameters.Select(parameter => $"{parameter.Key}={parameter.Value}"))}");
            context.Response.Headers.CacheControl = "no-store";
            if (fileName is not null)
            {
                context.Response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
            }
            return format == "json"
                ? new EntryStreamResult(ReadFormats.Json, output => new EventJsonFile(output), entries)
                : new EntryStreamResult(ReadFormats.Csv + "; charset=utf-8", output => new EventCsvFile(output), entries);
        }
        catch (StorageException)
        {
            return WorkOSError.Result(500, "storage_error", "The entries could not be read from disk. Ask again; the service's log tells the operator what failed.");
        }
    }

    private static ExportView View(EventExport export, string state, string? url) => new(
        "audit_log_export", export.Id, state, url, WireTime.Format(export.CreatedAt), WireTime.Format(export.UpdatedAt));

    private static IResult NotFound(string id) => WorkOSError.Result(404, "export_not_found", $"Audit Log Export not found: '{(id.Length > 100 ? id[..100] : id)}'.");
}
