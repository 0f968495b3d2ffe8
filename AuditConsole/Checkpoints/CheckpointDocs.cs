using AuditConsole.ApiReference;
using AuditConsole.Reading;

namespace AuditConsole.Checkpoints;

/// <summary>What the reference says of the public routes.</summary>
internal static class CheckpointDocs
{
    private static readonly IReadOnlyList<ApiErrorDoc> Shared =
    [
        new(400, "invalid_request", "The request could not be read as HTTP."),
        new(429, "rate_limited", "Too many requests a minute from this address."),
        new(500, "internal_error", "The service failed at this request."),
    ];

    public static readonly ApiDoc List = new("listCheckpoints", "Signed checkpoints",
        "How far an account's log reaches, signed: anybody may read and keep them (docs/format.md). With `Accept: text/plain` the newest alone, as a signed note. Needs no key.")
    {
        NeedsKey = false,
        Query =
        [
            new("tenant_id", ParameterKind.Text, "The account's id.", "0193a1c4-2b7e-7d11-8f3a-5e9c6b0d4a21") { MaxLength = 36 },
            new("limit", ParameterKind.Number, "The most checkpoints of a page.", "50") { Least = 1, Most = 1000, Default = "50" },
            new("before", ParameterKind.Text, "The `next_before` of the page before.", "48000") { MaxLength = 20 },
        ],
        Success = "A page, the newest first.",
        Contents =
        [
            new("application/json", "Checkpoints", """{ "data": [], "has_more": false }"""),
            new("text/plain", null, "audit.example.com/0193a1c4-2b7e-7d11-8f3a-5e9c6b0d4a21\n48190\n…"),
        ],
        Errors =
        [
            .. Shared, new(400, "invalid_parameter", "A parameter is missing, or has a value that it can't have."),
            new(404, "not_found", "There is no such account, or nothing of it was signed yet."),
        ],
        Curl = """curl -sG "$AUDIT_CONSOLE/api/checkpoints" -d tenant_id="$TENANT" """,
    };

    public static readonly ApiDoc Consistency = new("getConsistencyProof", "Consistency of two checkpoints",
        "The proof that the log of a newer checkpoint continues that of an older one: nothing that was there then was changed or removed. `audit-verify` checks it offline (docs/proofs.md). Needs no key.")
    {
        NeedsKey = false,
        Query =
        [
            new("tenant_id", ParameterKind.Text, "The account's id.", "0193a1c4-2b7e-7d11-8f3a-5e9c6b0d4a21") { MaxLength = 36 },
            new("from", ParameterKind.Text, "The size of the older checkpoint.", "47000") { MaxLength = 20 },
            new("to", ParameterKind.Text, "The size of the newer checkpoint.", "48000") { MaxLength = 20 },
        ],
        Success = "The proof.",
        Contents = [new("application/json", "ConsistencyProof", """{ "format": "audit-console/consistency-proof/v1", "from": 47000, "to": 48000, "proof": ["8c0f6c1d2f0e4b7a9d3c5e1f7a2b4c6d8e0f1a3b5c7d9e2f4a6b8c0d1e3f5a7b"] }""")],
        Errors =
        [
            .. Shared, new(400, "invalid_parameter", "A parameter is missing, or has a value that it can't have."),
            new(404, "not_found", "There is no such account, nothing was signed up to that size, or the older size lies in the purged beginning."),
        ],
        Curl = """curl -sG "$AUDIT_CONSOLE/api/checkpoints/consistency" -d tenant_id="$TENANT" -d from=47000 -d to=48000""",
    };

    public static readonly ApiDoc Key = new("getCheckpointKey", "The checkpoint key",
        "The public key that verifies checkpoints, and those before it: PEM, or JSON with `Accept: application/json`. Needs no key.")
    {
        NeedsKey = false,
        Success = "The key.",
        Contents = [new("application/x-pem-file", null, "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n"), new("application/json", "CheckpointKeys", """{ "service": "audit.example.com", "key": {}, "previous": [] }""")],
        Errors = [.. Shared, new(404, "not_found", "This service has no checkpoint key yet.")],
        Curl = """curl -s "$AUDIT_CONSOLE/api/checkpoints/key" """,
    };
}
