using AuditConsole.ApiReference;

namespace AuditConsole.Reading;

/// <summary>What the reference says of the reading routes.</summary>
internal static class ReadDocs
{
    public static readonly ApiDoc List = new("listEntries", "Read the log",
        "Entries of the account in their wire form, filtered as the console filters them. Needs the scope `events:read`; with `Accept: text/csv` or "
        + "`application/x-ndjson` the whole filter is streamed, without a cap, and the scope is `exports:read`. With `order=asc` and `wait=30` it is a tail: "
        + "send each `next_cursor` back, and each answer comes as soon as there is something new. An answer may hold fewer entries than `limit` and still have `has_more`.")
    {
        Query = ReadQuery.Parameters,
        Success = "A page, or the whole filter as a stream.",
        Contents =
        [
            new(ReadFormats.Json, "Page", Examples.Page),
            new(ReadFormats.Ndjson, null, "{\"id\":\"0193f5a0-6d1e-7c3a-9b52-4c8d1e7f2a90\",\"sequence\":48190,…}\n"),
            new(ReadFormats.Csv, null, Examples.Csv),
        ],
        Errors = ApiErrorDocs.Lists,
        Curl =
            """
            curl -sG "$AUDIT_CONSOLE/api/audit-log" -H "Authorization: Bearer $KEY" \
              -d action=workspace.member.role_changed -d since="$(date -u -d '1 hour ago' +%FT%TZ)" |
              jq '.data[] | select(.metadata.to == "owner")'
            """,
    };

    public static readonly ApiDoc Get = new("getEntry", "Read one entry", "The entry of that id in its wire form. Needs the scope `events:read`. With `proof=true` what proves it stands there instead: a JSON object "
        + """`{"format":"audit-console/entry-proof/v1", …}` for `audit-verify`.""")
    {
        Query = [ReadEndpoints.Proof],
        Success = "The entry, or its proof.",
        Contents = [new(ReadFormats.Json, "EntryOrProof", Examples.Entry)],
        Errors = [.. ApiErrorDocs.Reading, new(404, "not_found", "There is no such entry in this account's log, or it has expired."),
            new(409, "not_signed", "No checkpoint covers the entry yet: ask for its proof again in a minute.")],
        Curl = """curl -s "$AUDIT_CONSOLE/api/audit-log/0193f5a0-6d1e-7c3a-9b52-4c8d1e7f2a90" -H "Authorization: Bearer $KEY" """,
    };

    public static readonly ApiDoc ListV1 = new("listEntriesV1", "Read the log (v1)",
        "The same entries, newest first, in the words of the published read API. Needs the scope `events:read`.")
    {
        Query = ReadQuery.V1Parameters,
        IsTenantRequired = true,
        Success = "A page.",
        Contents = [new(ReadFormats.Json, "V1Page", Examples.V1Page)],
        Errors = ApiErrorDocs.Lists,
        Curl = """curl -sG "$AUDIT_CONSOLE/v1/audit-log" -H "X-API-Key: $KEY" -H "X-Tenant-ID: $TENANT" -d resource_type=Profile -d limit=100""",
    };
}
