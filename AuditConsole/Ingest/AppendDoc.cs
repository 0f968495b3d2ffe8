using AuditConsole.ApiReference;

namespace AuditConsole.Ingest;

/// <summary>What the reference says of the append route.</summary>
internal static class AppendDoc
{
    public static readonly ApiDoc Value = new("appendEntries", "Append entries",
        "Appends one entry or an array of up to 1,000, all or none. The answer comes once they are on disk. Needs the scope `events:write`. "
        + "A repeat with the same `Idempotency-Key` and body gets the same answer for 24 hours and appends nothing.")
    {
        Headers = [new(IdempotencyHeader.Name, "1 to 255 visible ASCII characters, bare or quoted.", "publish-4711")],
        Body = new("application/json", "NewEntries", Examples.NewEntry),
        Status = 201,
        Success = "All entries are stored.",
        Contents = [new("application/json", "Appended", Examples.Appended)],
        AnswerHeaders = [new(IdempotencyHeader.Replayed, "`true` where the answer was given before.", "true")],
        Errors =
        [
            .. ApiErrorDocs.Keys,
            new(400, "invalid_json", "The body is not JSON, or not unambiguous."),
            new(408, "request_timeout", "The body came too slowly."),
            new(413, "too_large", "The body has more than 32 MiB."),
            new(415, "unsupported_media_type", "The body is not JSON in UTF-8, or is compressed."),
            new(422, "invalid_entry", "An entry is refused; details names each field. Nothing was stored."),
            new(422, "schema_mismatch", "An entry doesn't match the schema that the account requires for its action; details names each place. Nothing was stored."),
            new(422, "idempotency_key_reused", "The key was used with another body in the last 24 hours."),
        ],
        Curl =
            """
            curl -s "$AUDIT_CONSOLE/api/audit-log" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
              -d '{"action":"RuleEdited","actor":{"type":"user","id":"usr_41"},"target":{"type":"Rule","id":"rul_7","slug":"no-eval"}}'
            """,
    };
}
