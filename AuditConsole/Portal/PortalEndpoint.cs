using System.Text.Json;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using AuditConsole.WorkOS;
using Microsoft.AspNetCore.Mvc;

namespace AuditConsole.Portal;

/// <summary><c>POST /portal/generate_link</c>, as WorkOS's API has it.</summary>
internal static class PortalEndpoint
{
    private static readonly string[] Others = ["sso", "dsync", "domain_verification", "certificate_renewal", "bring_your_own_key"];

    public static async Task<IResult> HandleAsync(
        HttpContext context, [FromServices] Organizations organizations, [FromServices] PortalService portal, CancellationToken cancellationToken)
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
        using var document = WorkOSBody.Read(body.Bytes, out var unreadable);
        if (document is null)
        {
            return unreadable!;
        }
        var sent = document.RootElement;
        var problems = new EventProblems();
        if (WorkOSBody.Text(sent, "organization", problems) is not { } organization)
        {
            return problems.ToResult();
        }
        var (caller, refusal) = await organizations.EnterAsync(context, organization, Permission.OpenPortal, cancellationToken);
        if (caller is null)
        {
            return refusal!;
        }
        try
        {
            var intent = ReadIntent(Text(sent, "intent"));
            if (sent.TryGetProperty("it_contact_emails", out var emails) && emails.ValueKind is not (JsonValueKind.Null or JsonValueKind.Array))
            {
                throw new RefusedException("it_contact_emails must be a list of addresses.");
            }
            if (emails.ValueKind == JsonValueKind.Array && emails.GetArrayLength() > 0)
            {
                throw new RefusedException("it_contact_emails can't be served: this server sends no mail. Send the link yourself.");
            }
            var by = new Acting(new Actor(Actor.ApiKeyType, caller.Id, caller.Name), $"key:{caller.Id}", Client.Of(context));
            var secret = await portal.CreateAsync(caller.Tenant, by, intent, Text(sent, "return_url"), Text(sent, "success_url"), cancellationToken);
            return Results.Json(
                new { link = $"{context.Request.Scheme}://{context.Request.Host}{PortalFeature.OpenPath}?token={secret}" },
                statusCode: StatusCodes.Status201Created, contentType: "application/json");
        }
        catch (RefusedException refused)
        {
            return WorkOSError.Result(422, "invalid_portal_link", refused.Message);
        }
        catch (StorageException)
        {
            return WorkOSError.Result(500, "storage_error", "The link could not be written to disk. Nothing was made. Ask again.");
        }
    }

    private static PortalIntent ReadIntent(string? intent) => intent switch
    {
        null or "audit_logs" => PortalIntent.AuditLogs,
        "log_streams" => PortalIntent.LogStreams,
        _ when Others.Contains(intent) => throw new RefusedException($"The intent {intent} is not served here: this server keeps audit logs. Ask for audit_logs or log_streams."),
        _ => throw new RefusedException("intent must be audit_logs or log_streams."),
    };

    private static string? Text(JsonElement sent, string name)
    {
        if (!sent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.String && CanonicalText(value) is { } text ? text : throw new RefusedException($"{name} must be a string.");
    }

    // Half of a surrogate pair can be escaped in JSON, and is no text.
    private static string? CanonicalText(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
