using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Verify.Exports;

/// <summary>An entry in its wire form, parted into head and details again and brought into canonical form.</summary>
internal sealed class WireEntry
{
    private static readonly string[] PartyDetails = ["metadata", "name"];

    private static readonly HashSet<string> DetailsNames = ["ip", "location", "metadata", "reasoning", "signature", "targets", "user_agent"];

    private readonly Dictionary<string, ReadOnlyMemory<byte>> _head = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _details = new(StringComparer.Ordinal);

    private WireEntry()
    {
    }

    /// <summary>The link before, as the entry states it; null if it doesn't.</summary>
    public string? PreviousHash { get; private set; }

    /// <summary>Its link, as it states it.</summary>
    public string? Hash { get; private set; }

    /// <summary>Whether it says that its details were destroyed.</summary>
    public bool IsWithheld { get; private set; }

    /// <summary>The members of the head but for <c>details_hash</c>, canonical.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Head => _head;

    /// <summary>The members of the details, canonical.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Details => _details;

    /// <summary>Reads an entry.</summary>
    /// <returns>Null where it has no canonical form, or a member twice.</returns>
    public static WireEntry? TryRead(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        var entry = new WireEntry();
        try
        {
            foreach (var member in element.EnumerateObject())
            {
                if (!entry.Take(member.Name, member.Value))
                {
                    return null;
                }
            }
            return entry;
        }
        catch (Exception fault) when (fault is CanonicalJsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The canonical details.</summary>
    public byte[] DetailsText() => Core.Evidence.DetailsText.Join(_details.Select(member => (member.Key, member.Value)));

    /// <summary>The canonical head that has this hash of details.</summary>
    public byte[] HeadText(EntryHash detailsHash) => Core.Evidence.DetailsText.Join(
        _head.Select(member => (member.Key, member.Value)).Append(("details_hash", Encoding.ASCII.GetBytes($"\"{detailsHash}\""))));

    private bool Take(string name, JsonElement value)
    {
        switch (name)
        {
            case "prev_hash":
                (var first, PreviousHash) = (PreviousHash is null, value.GetString());
                return first;
            case "hash":
                (first, Hash) = (Hash is null, value.GetString());
                return first;
            case "withheld":
                (first, IsWithheld) = (!IsWithheld, true);
                return first;
            case "actor" or "target" when value.ValueKind == JsonValueKind.Object:
                return TakeParty(name, value);
            default:
                return (DetailsNames.Contains(name) ? _details : _head).TryAdd(name, CanonicalJson.Canonicalize(value));
        }
    }

    private bool TakeParty(string name, JsonElement value)
    {
        var members = value.EnumerateObject().ToLookup(member => PartyDetails.Contains(member.Name), member => (member.Name, (ReadOnlyMemory<byte>)CanonicalJson.Canonicalize(member.Value)));
        if (value.EnumerateObject().Select(member => member.Name).Distinct(StringComparer.Ordinal).Count() != value.EnumerateObject().Count())
        {
            return false;
        }
        return _head.TryAdd(name, Core.Evidence.DetailsText.Join(members[false]))
            && (!members[true].Any() || _details.TryAdd(name, Core.Evidence.DetailsText.Join(members[true])));
    }
}
