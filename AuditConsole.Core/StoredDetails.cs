using System.Net;
using System.Text.Json;

namespace AuditConsole.Core;

/// <summary>
/// An entry's details as their canonical text (<see cref="EntryText.Details"/>), of which the members are found and
/// checked but not read: what gives entries out copies them as they stand.
/// </summary>
public sealed class StoredDetails
{
    private readonly record struct Slice(int Start, int Length);

    private Slice _actorName, _actorMetadata, _ip, _location, _metadata, _reasoning, _signature, _targetName, _targetMetadata, _userAgent;

    private StoredDetails(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    /// <summary>Of an entry whose details were destroyed.</summary>
    public static StoredDetails None { get; } = new(ReadOnlyMemory<byte>.Empty);

    /// <summary>The whole text, UTF-8; empty where the details are withheld.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>The payload, a JSON object; empty where the details are withheld.</summary>
    public ReadOnlyMemory<byte> Metadata => Of(_metadata);

    /// <summary>The client's address, plain ASCII without quotes; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Ip => _ip.Length == 0 ? default : Utf8.Slice(_ip.Start + 1, _ip.Length - 2);

    /// <summary>The actor's name, or null.</summary>
    public string? ActorName => Text(_actorName);

    internal ReadOnlySpan<byte> ActorNameJson => Of(_actorName).Span;

    internal ReadOnlySpan<byte> ActorMetadataJson => Of(_actorMetadata).Span;

    internal ReadOnlySpan<byte> IpJson => Of(_ip).Span;

    internal ReadOnlySpan<byte> LocationJson => Of(_location).Span;

    internal ReadOnlySpan<byte> SignatureJson => Of(_signature).Span;

    internal ReadOnlySpan<byte> TargetNameJson => Of(_targetName).Span;

    internal ReadOnlySpan<byte> TargetMetadataJson => Of(_targetMetadata).Span;

    internal ReadOnlySpan<byte> UserAgentJson => Of(_userAgent).Span;

    internal IReadOnlyList<Resource> Targets { get; private set; } = [];

    /// <summary>The further targets that they name.</summary>
    public IReadOnlyList<Resource> FurtherTargets => Targets;

    /// <summary>The reasoning as a JSON string; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Reasoning => Of(_reasoning);

    /// <summary>Finds the members.</summary>
    /// <param name="utf8">Canonical details.</param>
    /// <exception cref="FormatException">The text is not such details: the store was changed from outside.</exception>
    public static StoredDetails Read(ReadOnlyMemory<byte> utf8)
    {
        var details = new StoredDetails(utf8);
        try
        {
            details.Find();
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new FormatException("The stored details are not the canonical text of an entry's details.", fault);
        }
        return details;
    }

    /// <summary>The fields of the head with those that stand here.</summary>
    public NewEntry Complete(NewEntry head) => Utf8.IsEmpty ? head : head with
    {
        Actor = _actorName.Length + _actorMetadata.Length == 0 ? head.Actor : head.Actor with { Name = Text(_actorName), Metadata = Object(_actorMetadata) },
        Target = _targetName.Length + _targetMetadata.Length == 0 ? head.Target : head.Target with { Name = Text(_targetName), Metadata = Object(_targetMetadata) },
        Targets = Targets,
        Ip = _ip.Length == 0 ? null : Address(),
        Location = Text(_location),
        UserAgent = Text(_userAgent),
        Reasoning = Text(_reasoning),
        Metadata = Object(_metadata)!,
        Signature = ReadSignature(),
    };

    private void Find()
    {
        if (!System.Text.Unicode.Utf8.IsValid(Utf8.Span))
        {
            throw new FormatException("The stored details are not UTF-8.");
        }
        var json = new Utf8JsonReader(Utf8.Span);
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (Next(ref json))
        {
            if (json.ValueTextEquals("metadata"u8))
            {
                Require((_metadata = Take(ref json, out var kind)).Length > 0 && kind == JsonTokenType.StartObject);
            }
            else if (json.ValueTextEquals("user_agent"u8))
            {
                _userAgent = TakeText(ref json);
            }
            else if (json.ValueTextEquals("ip"u8))
            {
                _ip = TakeText(ref json);
            }
            else if (json.ValueTextEquals("actor"u8))
            {
                FindParty(ref json, out _actorName, out _actorMetadata);
            }
            else if (json.ValueTextEquals("target"u8))
            {
                FindParty(ref json, out _targetName, out _targetMetadata);
            }
            else if (json.ValueTextEquals("reasoning"u8))
            {
                _reasoning = TakeText(ref json);
            }
            else if (json.ValueTextEquals("location"u8))
            {
                _location = TakeText(ref json);
            }
            else if (json.ValueTextEquals("targets"u8))
            {
                FindTargets(ref json);
            }
            else if (json.ValueTextEquals("signature"u8))
            {
                Require((_signature = Take(ref json, out var kind)).Length > 0 && kind == JsonTokenType.StartObject);
                _ = ReadSignature();
            }
            else
            {
                Take(ref json, out _);
            }
        }
        Require(json.TokenType == JsonTokenType.EndObject && !json.Read() && _metadata.Length > 0);
        Require(_ip.Length == 0 || IPAddress.IsValidUtf8(Ip.Span));
        // Half a surrogate pair can only be escaped, and then can't be read: rare enough to be tried.
        if (Utf8.Span.IndexOf("\\u"u8) >= 0)
        {
            foreach (var text in new[] { _actorName, _location, _reasoning, _targetName, _userAgent })
            {
                _ = Text(text);
            }
        }
    }

    private void FindTargets(ref Utf8JsonReader json)
    {
        json.Read();
        Require(json.TokenType == JsonTokenType.StartArray);
        var targets = new List<Resource>();
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            Slice type = default, id = default, slug = default, version = default, name = default, metadata = default;
            while (Next(ref json))
            {
                if (json.ValueTextEquals("type"u8))
                {
                    type = TakeText(ref json);
                }
                else if (json.ValueTextEquals("id"u8))
                {
                    id = TakeText(ref json);
                }
                else if (json.ValueTextEquals("slug"u8))
                {
                    slug = TakeText(ref json);
                }
                else if (json.ValueTextEquals("version"u8))
                {
                    version = TakeText(ref json);
                }
                else if (json.ValueTextEquals("name"u8))
                {
                    name = TakeText(ref json);
                }
                else
                {
                    Require(json.ValueTextEquals("metadata"u8));
                    Require((metadata = Take(ref json, out var kind)).Length > 0 && kind == JsonTokenType.StartObject);
                }
            }
            Require(type.Length > 0 && id.Length > 0);
            targets.Add(new Resource(Text(type)!, Text(id)!, Text(slug), Text(version), Text(name), Object(metadata)));
        }
        Require(json.TokenType == JsonTokenType.EndArray);
        Targets = targets;
    }

    private static void FindParty(ref Utf8JsonReader json, out Slice name, out Slice metadata)
    {
        (name, metadata) = (default, default);
        json.Read();
        Require(json.TokenType == JsonTokenType.StartObject);
        while (Next(ref json))
        {
            if (json.ValueTextEquals("name"u8))
            {
                name = TakeText(ref json);
            }
            else
            {
                Require(json.ValueTextEquals("metadata"u8));
                Require((metadata = Take(ref json, out var kind)).Length > 0 && kind == JsonTokenType.StartObject);
            }
        }
    }

    private EntrySignature? ReadSignature()
    {
        if (_signature.Length == 0)
        {
            return null;
        }
        using var document = JsonDocument.Parse(Of(_signature));
        return document.RootElement.TryGetProperty("key_id", out var key) && document.RootElement.TryGetProperty("value", out var value)
            ? new EntrySignature(key.GetString()!, value.GetString()!)
            : throw new FormatException("The stored signature is none.");
    }

    private IPAddress Address() =>
        IPAddress.TryParse(Text(_ip), out var address) ? address : throw new FormatException("The stored address is none.");

    private static bool Next(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.PropertyName;

    private static Slice TakeText(ref Utf8JsonReader json)
    {
        var slice = Take(ref json, out var kind);
        Require(kind == JsonTokenType.String);
        return slice;
    }

    private static Slice Take(ref Utf8JsonReader json, out JsonTokenType kind)
    {
        json.Read();
        (kind, var start) = (json.TokenType, (int)json.TokenStartIndex);
        json.Skip();
        return new Slice(start, (int)json.BytesConsumed - start);
    }

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new FormatException("The stored details are not the canonical text of an entry's details.");
        }
    }

    private ReadOnlyMemory<byte> Of(Slice slice) => Utf8.Slice(slice.Start, slice.Length);

    // The text of a member of canonical text is itself canonical.
    private CanonicalObject? Object(Slice slice) => slice.Length == 0 ? null : CanonicalObject.FromCanonicalUtf8(Of(slice));

    private string? Text(Slice slice)
    {
        if (slice.Length == 0)
        {
            return null;
        }
        var json = new Utf8JsonReader(Of(slice).Span);
        json.Read();
        return json.GetString();
    }
}
