using AuditConsole.ApiReference;
using AuditConsole.WorkOS;
using Microsoft.OpenApi;
using static AuditConsole.ApiReference.WireSchemas;

namespace AuditConsole.Portal;

/// <summary>What the reference says of portal links.</summary>
internal static class PortalDocs
{
    /// <summary><c>POST /portal/generate_link</c>.</summary>
    public static readonly ApiDoc GenerateLink = new("generatePortalLink", "Make a portal link (WorkOS)",
        "Makes a link for somebody without an account here: it lives 5 minutes, is used once, and for an hour opens this organization's log with filters and export (`audit_logs`), or the setup of one stream of its own (`log_streams`). "
        + "Needs the scope `portal:write` and programmatic reading. `return_url` and `success_url` must be of an origin in `Portal:ReturnOrigins`. Making one is recorded in the log.")
    {
        Body = new("application/json", "WorkOSPortalRequest",
            """{ "organization": "org_01EHZNVPK3SFK441A1RGBFSHRT", "intent": "audit_logs" }"""),
        Status = 201,
        ErrorSchema = WorkOSSchemas.Error,
        Success = "The link.",
        Contents = [new("application/json", "WorkOSPortalLink", """{ "link": "https://audit.example.com/portal/open?token=kp56SW3oGQbMDRjxbOoJaVbtri9zobpVjtft7BDVQyu" }""")],
        Errors =
        [
            .. ApiErrorDocs.Keys.Where(error => error.Code != "rate_limited"),
            new(429, "rate_limit_exceeded", "Too many requests a minute. Retry-After says how many seconds to wait."),
            new(403, "session_required", "Programmatic reading is off for this account."),
            new(404, "organization_not_found", "The organization is no tenant that the key serves."),
            new(400, "invalid_json", "The body is not a JSON object, or not unambiguous."),
            new(408, "request_timeout", "The body came too slowly."),
            new(413, "too_large", "The body has more than 32 MiB."),
            new(415, "unsupported_media_type", "The body is not JSON in UTF-8, or is compressed."),
            new(422, WorkOSError.ValidationFailed, "The organization is missing or of another type."),
            new(422, "invalid_portal_link", "The intent isn't served, or an address is of an origin that isn't listed; the message says which."),
        ],
        Curl =
            """
            curl -s "$AUDIT_CONSOLE/portal/generate_link" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"organization":"org_01ABC","intent":"audit_logs"}'
            """,
    };

    /// <summary>Adds the forms of the wire to a document.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        var request = Object("What the link is for.",
            ("organization", Text("The tenant's external id or its UUID."), true), ("intent", Text("`audit_logs`, which is also what is meant where it is left out, or `log_streams`."), false),
            ("return_url", Text("Where the portal leads back to."), false), ("success_url", Text("Where the portal leads once a stream is set up; of no use to a log that is only read."), false));
        request.AdditionalPropertiesAllowed = true;
        document.Components!.Schemas!["WorkOSPortalRequest"] = request;
        document.Components.Schemas["WorkOSPortalLink"] = Object("A link.", ("link", Text("To be opened in a browser, once."), true));
    }
}
