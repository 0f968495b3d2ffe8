namespace AuditConsole.ApiReference;

/// <summary>What examples are made of.</summary>
internal static class Examples
{
    public const string Entry =
        """
        {
          "id": "0193f5a0-6d1e-7c3a-9b52-4c8d1e7f2a90",
          "tenant_id": "0193a1c4-2b7e-7d11-8f3a-5e9c6b0d4a21",
          "sequence": 48190,
          "occurred_at": "2026-11-21T16:42:07.318Z",
          "recorded_at": "2026-11-21T16:42:07.402Z",
          "recorded_by": "key:key_7",
          "actor": { "type": "user", "id": "usr_41", "name": "Mara Lindqvist" },
          "action": "workspace.member.role_changed",
          "target": { "type": "Member", "id": "usr_52", "name": "Jonas Weber" },
          "ip": "203.0.113.42",
          "user_agent": "acme-cli/3.2.0",
          "reasoning": "Takes over the workspace.",
          "metadata": { "from": "editor", "to": "owner" },
          "prev_hash": "8c0f4e0d7a3b5c1e9f2d6a8b4c7e1f3a5d9b2c6e8f0a4d7b1c5e9f3a6d8b2c4e",
          "hash": "1b27d5f8a0c3e6b9d2f5a8c1e4b7d0f3a6c9e2b5d8f1a4c7e0b3d6f9a2c5e8b1"
        }
        """;

    public const string Page = $$"""{ "data": [{{Entry}}], "next_cursor": "CfDJ8NqVb0eX", "has_more": true }""";

    public const string V1Page =
        """
        {
          "data": [
            {
              "id": "0193f5a0-6d1e-7c3a-9b52-4c8d1e7f2a90", "actor_id": "usr_41", "actor_type": "user", "action": "ProfilePublished",
              "resource_type": "Profile", "resource_id": "prf_12", "metadata": { "rules": [] }, "reasoning": "Agreed in the weekly review.",
              "created_at": "2026-11-21T16:42:07.318Z"
            }
          ],
          "next_cursor": "CfDJ8NqVb0eX",
          "has_more": true
        }
        """;

    public const string NewEntry =
        """
        {
          "action": "ProfilePublished",
          "actor": { "type": "user", "id": "usr_41", "name": "Mara Lindqvist" },
          "target": { "type": "Profile", "id": "prf_12", "slug": "backend-standards", "version": "1.5.0" },
          "ip": "203.0.113.42",
          "reasoning": "Agreed in the weekly review.",
          "metadata": { "rules": [ { "slug": "no-async-void", "version": "2.1.0", "severity": "error" } ] }
        }
        """;

    public const string Appended =
        """{ "data": [ { "id": "0193f5a0-6d1e-7c3a-9b52-4c8d1e7f2a90", "sequence": 48190, "hash": "1b27d5f8a0c3e6b9d2f5a8c1e4b7d0f3a6c9e2b5d8f1a4c7e0b3d6f9a2c5e8b1" } ] }""";

    public const string Csv =
        """
        occurredAt,actor,entityType,entitySlug,entityVersion,action,engineVersion,clientIp,payload
        2026-11-21T16:42:07.318Z,usr_41,Member,usr_52,,workspace.member.role_changed,,203.0.113.42,"{""from"":""editor"",""to"":""owner""}"
        """;
}
