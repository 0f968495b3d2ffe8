using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AuditConsole.Core.Evidence;

/// <summary>Takes the canonical text of an entry's details apart and puts it together again, byte for byte.</summary>
public static class DetailsText
{
    private const byte CheckPrefix = 0x04;

    /// <summary>The members of an object of canonical JSON, in their order, as the bytes that stand there.</summary>
    /// <exception cref="FormatException">The text is no JSON object.</exception>
    public static IReadOnlyList<(string Name, ReadOnlyMemory<byte> Value)> Members(ReadOnlyMemory<byte> details)
    {
        var members = new List<(string, ReadOnlyMemory<byte>)>();
        try
        {
            var json = new Utf8JsonReader(details.Span);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                throw new FormatException("The details are not an object.");
            }
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = json.GetString()!;
                json.Read();
                var start = (int)json.TokenStartIndex;
                json.Skip();
                members.Add((name, details[start..(int)json.BytesConsumed]));
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new FormatException("The details are not JSON.", fault);
        }
        return members;
    }

    /// <summary>The object of these members, in the order of canonical JSON.</summary>
    public static byte[] Join(IEnumerable<(string Name, ReadOnlyMemory<byte> Value)> members)
    {
        var output = new ArrayBufferWriter<byte>(256);
        output.Write("{"u8);
        var any = false;
        foreach (var (name, value) in members.OrderBy(member => member.Name, StringComparer.Ordinal))
        {
            output.Write(any ? ","u8 : ""u8);
            any = true;
            CanonicalJson.WriteString(name, output);
            output.Write(":"u8);
            output.Write(value.Span);
        }
        output.Write("}"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>
    /// The check of a member: the first two bytes of <c>SHA-256(0x04 ‖ salt ‖ name ‖ 0x00 ‖ value)</c>, the
    /// higher one first. It only tells which of several members was altered; that one was, the details' hash tells.
    /// </summary>
    public static ushort Check(DetailsSalt salt, string name, ReadOnlySpan<byte> value) =>
        BinaryPrimitives.ReadUInt16BigEndian(SHA256.HashData([CheckPrefix, .. salt.ToArray(), .. Encoding.UTF8.GetBytes(name), 0, .. value]));
}
