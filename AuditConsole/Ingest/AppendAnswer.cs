using System.Buffers;
using System.Text.Json;
using AuditConsole.Storage;

namespace AuditConsole.Ingest;

/// <summary>The body of a 201: <c>{"data":[{id,sequence,hash,redacted?}]}</c>, in the order of the request.</summary>
internal static class AppendAnswer
{
    /// <summary>Writes it.</summary>
    /// <param name="places">The places that the entries got.</param>
    /// <param name="entries">The entries, in the same order.</param>
    public static byte[] Write(IReadOnlyList<AppendedEntry> places, IReadOnlyList<AdmittedEntry> entries)
    {
        var output = new ArrayBufferWriter<byte>(32 + places.Count * 160);
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("data"u8);
            for (var i = 0; i < places.Count; i++)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, places[i].Id);
                json.WriteNumber("sequence"u8, places[i].Sequence);
                json.WriteString("hash"u8, places[i].Hash.ToString());
                if (entries[i].Redacted.Count > 0)
                {
                    json.WriteStartArray("redacted"u8);
                    foreach (var path in entries[i].Redacted)
                    {
                        json.WriteStringValue(path);
                    }
                    json.WriteEndArray();
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }
}
