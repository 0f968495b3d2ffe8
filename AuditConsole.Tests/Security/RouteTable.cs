namespace AuditConsole.Tests.Security;

/// <summary>Who tries a route.</summary>
public enum Visitor
{
    Anonymous,
    Viewer,
    Auditor,
    Admin,
    Key,
    RevokedKey,

    /// <summary>An Admin of another tenant, who asks for this one.</summary>
    Stranger,
}

/// <summary>A route, a request to it, and what each visitor is answered, in the order of <see cref="Visitor"/>.</summary>
/// <param name="Route">Method and pattern as the application has them; what the table is looked up by.</param>
/// <param name="Path">The request.</param>
/// <param name="Answers">Status, then an error's code or a redirect's path.</param>
/// <param name="Fields">The form of a POST; with the visitor's antiforgery token. Null for none.</param>
/// <param name="Json">The body of an API's POST.</param>
public sealed record RouteRow(string Route, string Path, string[] Answers, (string, string)[]? Fields = null, string? Json = null)
{
    public string Method => Route[..Route.IndexOf(' ', StringComparison.Ordinal)] is var method && method == "*" ? "GET" : method;
}

/// <summary>Every route of the application. A new one needs a row here before it can be landed.</summary>
public static class RouteTable
{
    public const string TenantSlug = "route-table";

    private const string SignIn = "302 /sign-in";
    private const string SessionRequired = "403 session_required";
    private const string NoOrganization = "404 organization_not_found";
    private const string Unauthenticated = "401 unauthenticated";

    private static readonly string[] ScheduledFile = [SignIn, "403 forbidden", "404 not_found", "404 not_found", SessionRequired, Unauthenticated, "404 not_found"];

    // An interactive page is an empty frame: what it shows comes over the circuit, which asks the member directory.
    // An account that isn't the stranger's is none.
    private static readonly string[] Page = [.. Session("200")[..^1], "404"];

    private static readonly string[] PagePost = Session("400");

    private static readonly string[] ByKeyOnly =
        [Unauthenticated, Unauthenticated, Unauthenticated, Unauthenticated, SessionRequired, Unauthenticated, Unauthenticated];

    // The table's key appends alone.
    private static readonly string[] ByScopedKey =
        [Unauthenticated, Unauthenticated, Unauthenticated, Unauthenticated, "403 forbidden", Unauthenticated, Unauthenticated];

    // An answer to HEAD has no body that could tell the code.
    private static readonly string[] ByKeyOnlyHead = [.. ByKeyOnly.Select(answer => answer[..3])];

    public static readonly IReadOnlyList<RouteRow> Rows =
    [
        new("GET /", "/", Session("302 /audit-log")),
        new("GET /audit-log", $"/audit-log?tenant={TenantSlug}", Page),
        new("POST /audit-log", $"/audit-log?tenant={TenantSlug}", PagePost),
        new("GET /entities/{Type}/{Slug}", $"/entities/Rule/no-eval?tenant={TenantSlug}", Page),
        new("POST /entities/{Type}/{Slug}", $"/entities/Rule/no-eval?tenant={TenantSlug}", PagePost),
        new("GET /redaction", $"/redaction?tenant={TenantSlug}", Page),
        new("POST /redaction", $"/redaction?tenant={TenantSlug}", PagePost),
        new("GET /event-types", $"/event-types?tenant={TenantSlug}", Page),
        new("POST /event-types", $"/event-types?tenant={TenantSlug}", PagePost),
        new("GET /event-type", $"/event-type?tenant={TenantSlug}&action=RuleCreated", Page),
        new("POST /event-type", $"/event-type?tenant={TenantSlug}&action=RuleCreated", PagePost),
        new("GET /signing-keys", $"/signing-keys?tenant={TenantSlug}", Page),
        new("POST /signing-keys", $"/signing-keys?tenant={TenantSlug}", PagePost),
        new("GET /api-keys", $"/api-keys?tenant={TenantSlug}", Page),
        new("POST /api-keys", $"/api-keys?tenant={TenantSlug}", PagePost),
        new("GET /integrity", $"/integrity?tenant={TenantSlug}", Page),
        new("POST /integrity", $"/integrity?tenant={TenantSlug}", PagePost),
        new("GET /streams", $"/streams?tenant={TenantSlug}", Page),
        new("POST /streams", $"/streams?tenant={TenantSlug}", PagePost),
        new("GET /streams/new", $"/streams/new?tenant={TenantSlug}", Page),
        new("POST /streams/new", $"/streams/new?tenant={TenantSlug}", PagePost),
        new("GET /streams/{Id}", $"/streams/str_none?tenant={TenantSlug}", Page),
        new("POST /streams/{Id}", $"/streams/str_none?tenant={TenantSlug}", PagePost),
        new("GET /holds", $"/holds?tenant={TenantSlug}", Page),
        new("POST /holds", $"/holds?tenant={TenantSlug}", PagePost),
        new("GET /retention", $"/retention?tenant={TenantSlug}", Page),
        new("POST /retention", $"/retention?tenant={TenantSlug}", PagePost),
        new("GET /members", $"/members?tenant={TenantSlug}", Page),
        new("POST /members", $"/members?tenant={TenantSlug}", PagePost),
        new("GET /settings", $"/settings?tenant={TenantSlug}", Page),
        new("POST /settings", $"/settings?tenant={TenantSlug}", PagePost),
        new("GET /audit-log/{sequence:long}/proof", $"/audit-log/999999/proof?tenant={TenantSlug}", [.. Session("404 not_found")]),
        new("GET /exports", $"/exports?tenant={TenantSlug}", Page),
        new("POST /exports", $"/exports?tenant={TenantSlug}", PagePost),
        new("GET /exports/{Id:guid}", $"/exports/0193f5a0-0000-7000-8000-000000000001?tenant={TenantSlug}", Page),
        new("POST /exports/{Id:guid}", $"/exports/0193f5a0-0000-7000-8000-000000000001?tenant={TenantSlug}", PagePost),
        new("GET /exports/{id:guid}/receipt", $"/exports/0193f5a0-0000-7000-8000-000000000001/receipt?tenant={TenantSlug}",
            [SignIn, "403 forbidden", "404 not_found", "404 not_found", SessionRequired, Unauthenticated, "404 not_found"]),
        new("GET /scheduled-exports", $"/scheduled-exports?tenant={TenantSlug}", Page),
        new("POST /scheduled-exports", $"/scheduled-exports?tenant={TenantSlug}", PagePost),
        new("GET /scheduled-exports/new", $"/scheduled-exports/new?tenant={TenantSlug}", Page),
        new("POST /scheduled-exports/new", $"/scheduled-exports/new?tenant={TenantSlug}", PagePost),
        new("GET /scheduled-exports/{Id}", $"/scheduled-exports/sx_none?tenant={TenantSlug}", Page),
        new("POST /scheduled-exports/{Id}", $"/scheduled-exports/sx_none?tenant={TenantSlug}", PagePost),
        new("GET /scheduled-exports/{Id}/runs/{RunId:guid}", $"/scheduled-exports/sx_none/runs/0193f5a0-0000-7000-8000-000000000001?tenant={TenantSlug}", Page),
        new("POST /scheduled-exports/{Id}/runs/{RunId:guid}", $"/scheduled-exports/sx_none/runs/0193f5a0-0000-7000-8000-000000000001?tenant={TenantSlug}", PagePost),
        new("GET /scheduled-exports/{id}/runs/{run:guid}/manifest", $"/scheduled-exports/sx_none/runs/0193f5a0-0000-7000-8000-000000000001/manifest?tenant={TenantSlug}", ScheduledFile),
        new("GET /scheduled-exports/{id}/runs/{run:guid}/parts/{number:int}", $"/scheduled-exports/sx_none/runs/0193f5a0-0000-7000-8000-000000000001/parts/1?tenant={TenantSlug}", ScheduledFile),
        new("GET /scheduled-exports/{id}/runs/{run:guid}/parts/{number:int}/receipt", $"/scheduled-exports/sx_none/runs/0193f5a0-0000-7000-8000-000000000001/parts/1/receipt?tenant={TenantSlug}", ScheduledFile),
        new("GET /not-found", "/not-found", Session("200")),
        new("POST /not-found", "/not-found", PagePost),
        new("GET /{**path:file}", "/no-such-file.txt", Session("404")),
        new("HEAD /{**path:file}", "/no-such-file.txt", [SignIn, "404", "404", "404", "403", "401", "404"]),

        new("POST /audit-log/export", "/audit-log/export",
            [SignIn, "403 forbidden", "200", "200", SessionRequired, Unauthenticated, "404 not_found"],
            Fields: [("tenant", TenantSlug), ("from", "2026-01-01"), ("to", "2026-12-31"), ("snapshot", "1000"), ("format", "csv")]),
        new("POST /sign-out", "/sign-out", Session("302 /sign-in"), Fields: []),

        new("POST /api/audit-log", "/api/audit-log",
            [Unauthenticated, Unauthenticated, Unauthenticated, Unauthenticated, "201", Unauthenticated, Unauthenticated],
            Json: """{"actor":{"type":"user","id":"usr_1"},"action":"RuleCreated","target":{"type":"Rule","id":"rul_1"}}"""),
        new("GET /api/audit-log", "/api/audit-log", ByKeyOnly),
        new("HEAD /api/audit-log", "/api/audit-log", ByKeyOnlyHead),
        new("GET /api/audit-log/{id}", "/api/audit-log/0193f5a0-0000-7000-8000-000000000001", ByKeyOnly),
        new("HEAD /api/audit-log/{id}", "/api/audit-log/0193f5a0-0000-7000-8000-000000000001", ByKeyOnlyHead),
        new("GET /v1/audit-log", "/v1/audit-log", ByKeyOnly),
        new("HEAD /v1/audit-log", "/v1/audit-log", ByKeyOnlyHead),
        new("GET /api/checkpoints/", "/api/checkpoints", Everybody("400 invalid_parameter")),
        new("GET /api/checkpoints/consistency", "/api/checkpoints/consistency", Everybody("400 invalid_parameter")),
        new("GET /api/checkpoints/key", "/api/checkpoints/key", Everybody("200")),
        new("POST /audit_logs/events", "/audit_logs/events",
            [Unauthenticated, Unauthenticated, Unauthenticated, Unauthenticated, NoOrganization, Unauthenticated, Unauthenticated],
            Json: """{"organization_id":"org_unknown","event":{}}"""),
        new("GET /audit_logs/actions", "/audit_logs/actions", ByScopedKey),
        new("GET /audit_logs/actions/{actionName}/schemas", "/audit_logs/actions/a/schemas", ByScopedKey),
        new("POST /audit_logs/actions/{actionName}/schemas", "/audit_logs/actions/a/schemas", ByScopedKey, Json: """{"targets":[{"type":"a"}]}"""),
        new("POST /audit_logs/exports", "/audit_logs/exports", ByKeyOnly, Json: """{"organization_id":"org_unknown"}"""),
        new("GET /audit_logs/exports", "/audit_logs/exports?organization_id=org_unknown", ByKeyOnly),
        new("GET /audit_logs/exports/{id}", "/audit_logs/exports/audit_log_export_none", ByKeyOnly),
        new("GET /audit_logs/exports/{id}/download", "/audit_logs/exports/audit_log_export_none/download?token=none", Everybody("403 link_expired")),
        new("GET /organizations/{id}/audit_logs_retention", "/organizations/org_unknown/audit_logs_retention", ByKeyOnly),
        new("PUT /organizations/{id}/audit_logs_retention", "/organizations/org_unknown/audit_logs_retention", ByKeyOnly, Json: """{"retention_period_in_days":30}"""),
        new("GET /organizations/{id}/audit_log_configuration", "/organizations/org_unknown/audit_log_configuration", ByKeyOnly),
        new("* /audit_logs/{**path}", "/audit_logs/no-such-route", Everybody("404 not_found")),
        new("* /organizations/{**path}", "/organizations/no-such-route", Everybody("404 not_found")),
        new("GET /api/scheduled-exports", "/api/scheduled-exports", ByKeyOnly),
        new("POST /api/scheduled-exports", "/api/scheduled-exports", ByKeyOnly, Json: """{"name":"Nightly","destination":"download"}"""),
        new("GET /api/scheduled-exports/{id}", "/api/scheduled-exports/sx_none", ByKeyOnly),
        new("PUT /api/scheduled-exports/{id}", "/api/scheduled-exports/sx_none", ByKeyOnly, Json: """{"name":"Nightly","destination":"download"}"""),
        new("DELETE /api/scheduled-exports/{id}", "/api/scheduled-exports/sx_none", ByKeyOnly),
        new("POST /api/scheduled-exports/{id}/{act}", "/api/scheduled-exports/sx_none/run", ByKeyOnly),
        new("GET /api/scheduled-exports/{id}/runs", "/api/scheduled-exports/sx_none/runs", ByKeyOnly),
        new("GET /api/scheduled-exports/{id}/runs/{run}/manifest", "/api/scheduled-exports/sx_none/runs/0193f5a0-0000-7000-8000-000000000001/manifest", ByKeyOnly),
        new("GET /api/scheduled-exports/{id}/runs/{run}/parts/{number}", "/api/scheduled-exports/sx_none/runs/0193f5a0-0000-7000-8000-000000000001/parts/1", ByKeyOnly),
        new("GET /api/scheduled-exports/{id}/runs/{run}/parts/{number}/receipt", "/api/scheduled-exports/sx_none/runs/0193f5a0-0000-7000-8000-000000000001/parts/1/receipt", ByKeyOnly),
        new("GET /api/streams", "/api/streams", ByKeyOnly),
        new("POST /api/streams", "/api/streams", ByKeyOnly, Json: """{"name":"SIEM","kind":"http"}"""),
        new("GET /api/streams/{id}", "/api/streams/str_none", ByKeyOnly),
        new("PUT /api/streams/{id}", "/api/streams/str_none", ByKeyOnly, Json: """{"name":"SIEM","kind":"http"}"""),
        new("DELETE /api/streams/{id}", "/api/streams/str_none", ByKeyOnly),
        new("POST /api/streams/check", "/api/streams/check", ByKeyOnly, Json: """{"name":"SIEM","kind":"http"}"""),
        new("GET /api/streams/{id}/attempts", "/api/streams/str_none/attempts", ByKeyOnly),
        new("GET /api/streams/{id}/dead-letters", "/api/streams/str_none/dead-letters", ByKeyOnly),
        new("POST /api/streams/{id}/{act}", "/api/streams/str_none/pause", ByKeyOnly),
        new("* /api/{**path}", "/api/no-such-route", Everybody("404 not_found")),
        new("* /v1/{**path}", "/v1/no-such-route", Everybody("404 not_found")),

        new("* /_blazor", "/_blazor", Circuit("400")),
        new("* /_blazor/negotiate", "/_blazor/negotiate", Circuit("405")),
        new("* /_blazor/disconnect/", "/_blazor/disconnect/", Circuit("405")),
        new("* /_blazor/initializers/", "/_blazor/initializers/", Circuit("200")),
        new("GET /_framework/opaque-redirect", "/_framework/opaque-redirect", Session("400")),

        // What the API takes and answers is no secret.
        new("GET /openapi/v1.json", "/openapi/v1.json", Everybody("200")),
        new("GET /docs/api", "/docs/api", Everybody("200")),
        new("POST /docs/api", "/docs/api", Everybody("400")),

        new("POST /portal/generate_link", "/portal/generate_link", ByKeyOnly, Json: """{"organization":"org_1"}"""),
        new("GET /portal/open", "/portal/open", Everybody("200")),
        new("POST /portal/open", "/portal/open", Everybody("400")),
        new("GET /sign-in", "/sign-in", ["200", "302 /audit-log", "302 /audit-log", "302 /audit-log", "200", "200", "302 /audit-log"]),
        new("POST /sign-in", "/sign-in", Everybody("400")),
        new("GET /setup", "/setup", Everybody("200")),
        new("POST /setup", "/setup", Everybody("400")),
        new("GET /set-password", "/set-password", Everybody("200")),
        new("POST /set-password", "/set-password", Everybody("400")),
        new("GET /healthz", "/healthz", Everybody("200")),
        new("GET /readyz", "/readyz", Everybody("200")),
    ];

    private static string[] Everybody(string answer) => [answer, answer, answer, answer, answer, answer, answer];

    private static string[] Session(string answer) => [SignIn, answer, answer, answer, SessionRequired, Unauthenticated, answer];

    private static string[] Circuit(string answer) => [Unauthenticated, answer, answer, answer, SessionRequired, Unauthenticated, answer];
}
