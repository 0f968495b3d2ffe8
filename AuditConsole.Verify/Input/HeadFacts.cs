using System.Buffers.Text;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Verify.Input;

/// <summary>What a verifier needs of a canonical head besides its bytes.</summary>
internal readonly record struct HeadFacts(long Sequence, Guid TenantId, EntryHash DetailsHash)
{
    /// <summary>Reads a head.</summary>
    /// <exception cref="FormatException">One of the three is missing, stands twice or is of another kind.</exception>
    public static HeadFacts Read(ReadOnlySpan<byte> head)
    {
        long? sequence = null;
        Guid? tenant = null;
        EntryHash? details = null;
        Span<byte> bytes = stackalloc byte[EntryHash.Size];
        try
        {
            var json = new Utf8JsonReader(head);
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("sequence"u8))
                {
                    json.Read();
                    sequence = sequence is null && json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number) ? number : throw Wrong("sequence");
                }
                else if (json.ValueTextEquals("tenant_id"u8))
                {
                    json.Read();
                    tenant = tenant is null && json.TokenType == JsonTokenType.String && Utf8Parser.TryParse(json.ValueSpan, out Guid id, out var used, 'D') && used == json.ValueSpan.Length
                        ? id : throw Wrong("tenant_id");
                }
                else if (json.ValueTextEquals("details_hash"u8))
                {
                    json.Read();
                    details = details is null && json.TokenType == JsonTokenType.String && json.ValueSpan.Length == 2 * EntryHash.Size
                        && Convert.FromHexString(json.ValueSpan, bytes, out _, out _) == System.Buffers.OperationStatus.Done
                        ? new EntryHash(bytes) : throw Wrong("details_hash");
                }
                else
                {
                    json.Skip();
                }
            }
        }
        catch (JsonException)
        {
            throw Wrong("head");
        }
        return new HeadFacts(sequence ?? throw Wrong("sequence"), tenant ?? throw Wrong("tenant_id"), details ?? throw Wrong("details_hash"));
    }

    private static FormatException Wrong(string name) => new($"has a head whose {name} can't be read");
}
