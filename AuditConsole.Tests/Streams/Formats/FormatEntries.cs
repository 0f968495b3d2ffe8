using System.Net;
using AuditConsole.Core;

namespace AuditConsole.Tests.Streams.Formats;

/// <summary>Entries for tests of formats and destinations.</summary>
internal static class FormatEntries
{
    public static readonly Guid Tenant = new("0193f5a0-0000-7000-8000-000000000001");

    private static readonly DateTimeOffset At = new(2026, 11, 21, 16, 42, 7, 318, TimeSpan.Zero);

    /// <summary>The entry of docs/siem-formats.md, or one like it.</summary>
    public static AuditEntry Published(
        string action = "RulePublished", string? reasoning = "Agreed in review", long sequence = 48190, DateTimeOffset? at = null, object? metadata = null)
    {
        var content = new NewEntry
        {
            OccurredAt = at ?? At,
            Actor = new Actor("user", "usr_41", "Mara Lindqvist"),
            Action = action,
            Target = new Resource("Rule", "rul_2", "no-async-void", "1.5.0"),
            EngineVersion = "3.2.0",
            Ip = IPAddress.Parse("203.0.113.42"),
            UserAgent = "acme-cli/3.2.0",
            Reasoning = reasoning,
            Metadata = CanonicalObject.From(metadata ?? new { severity = "error" }),
        };
        var recordedAt = (at ?? At).AddMilliseconds(84);
        return new AuditEntry
        {
            Id = new Guid($"0193f5a0-0000-7000-8000-{sequence:d12}"),
            TenantId = Tenant,
            Sequence = sequence,
            OccurredAt = at ?? At,
            RecordedAt = recordedAt,
            RecordedBy = "key:key_7",
            Content = content,
            Salt = default,
            Leaf = EntryHash.Zero,
            PreviousHash = EntryHash.Parse(new string('8', 64)),
            Hash = EntryHash.Parse(new string('1', 64)),
        };
    }
}
