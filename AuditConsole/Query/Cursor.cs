using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AuditConsole.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace AuditConsole.Query;

/// <summary>A place in a list of entries that later arrivals don't move.</summary>
/// <param name="Snapshot">The newest sequence that counts.</param>
/// <param name="Start">How many entries of the list stand before the page, by the count of whoever paged here.</param>
/// <param name="OlderThan">The page holds entries behind this place; null with the other: the newest of the snapshot.</param>
/// <param name="NewerThan">The page ends just before this place.</param>
public sealed record Cursor(long Snapshot, long Start, EntryPosition? OlderThan = null, EntryPosition? NewerThan = null)
{
    /// <summary>
    /// Of a tail: the chain's link at <see cref="Snapshot"/>, which another history of the same length, after a
    /// backup was restored, doesn't have. All zero where it isn't known.
    /// </summary>
    public long Link { get; init; }
}

/// <summary>
/// Writes cursors into URLs and reads them back. Sealed, so that nobody gains by guessing at one, and bound to tenant
/// and filter, so that one of another list is an error rather than a wrong page.
/// </summary>
public sealed class CursorProtector(IDataProtectionProvider provider)
{
    private const byte Format = 2;
    private const int BindingSize = 16;
    private const int Size = 1 + BindingSize + 1 + 5 * sizeof(long);

    private readonly IDataProtector _protector = provider.CreateProtector("AuditConsole.Query.Cursor");

    /// <summary>The text for a URL.</summary>
    public string Protect(Cursor cursor, Guid tenant, EntryFilterQuery filter) => Protect(cursor, tenant, ListOf(filter));

    /// <summary>The text for a URL.</summary>
    /// <param name="cursor">The place.</param>
    /// <param name="tenant">Whose list.</param>
    /// <param name="list">What tells the list from others of the tenant: filter and order, in a fixed form.</param>
    public string Protect(Cursor cursor, Guid tenant, IEnumerable<KeyValuePair<string, string>> list)
    {
        var bytes = new byte[Size];
        var rest = bytes.AsSpan();
        rest[0] = Format;
        Bind(tenant, list).CopyTo(rest[1..]);
        rest = rest[(1 + BindingSize)..];
        var place = cursor.OlderThan ?? cursor.NewerThan;
        rest[0] = (byte)(cursor.OlderThan is not null ? 1 : cursor.NewerThan is not null ? 2 : 0);
        BinaryPrimitives.WriteInt64BigEndian(rest[1..], cursor.Snapshot);
        BinaryPrimitives.WriteInt64BigEndian(rest[9..], cursor.Start);
        BinaryPrimitives.WriteInt64BigEndian(rest[17..], place?.OccurredAt.ToUnixTimeMilliseconds() ?? 0);
        BinaryPrimitives.WriteInt64BigEndian(rest[25..], place?.Sequence ?? 0);
        BinaryPrimitives.WriteInt64BigEndian(rest[33..], cursor.Link);
        return WebEncoders.Base64UrlEncode(_protector.Protect(bytes));
    }

    /// <summary>The cursor, or null where the text is none, was changed, or belongs to another tenant or filter.</summary>
    public Cursor? Read(string text, Guid tenant, EntryFilterQuery filter) => Read(text, tenant, ListOf(filter));

    /// <summary>The cursor, or null where the text is none, was changed, or belongs to another tenant or list.</summary>
    public Cursor? Read(string text, Guid tenant, IEnumerable<KeyValuePair<string, string>> list)
    {
        byte[] bytes;
        try
        {
            bytes = _protector.Unprotect(WebEncoders.Base64UrlDecode(text));
        }
        catch (Exception exception) when (exception is FormatException or CryptographicException)
        {
            return null;
        }
        if (bytes.Length != Size || bytes[0] != Format || !bytes.AsSpan(1, BindingSize).SequenceEqual(Bind(tenant, list)))
        {
            return null;
        }
        var rest = bytes.AsSpan(1 + BindingSize);
        var place = new EntryPosition(
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(rest[17..])),
            BinaryPrimitives.ReadInt64BigEndian(rest[25..]));
        return new Cursor(
            BinaryPrimitives.ReadInt64BigEndian(rest[1..]),
            BinaryPrimitives.ReadInt64BigEndian(rest[9..]),
            rest[0] == 1 ? place : null,
            rest[0] == 2 ? place : null)
        {
            Link = BinaryPrimitives.ReadInt64BigEndian(rest[33..]),
        };
    }

    // The tenant's id stands for its slug: a link without a tenant and one that names it mean the same list.
    private static IEnumerable<KeyValuePair<string, string>> ListOf(EntryFilterQuery filter) => filter.Parameters().Where(parameter => parameter.Key != "tenant");

    private static ReadOnlySpan<byte> Bind(Guid tenant, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var list = new StringBuilder(tenant.ToString());
        foreach (var (name, value) in parameters)
        {
            list.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        return SHA256.HashData(Encoding.UTF8.GetBytes(list.ToString())).AsSpan(0, BindingSize);
    }
}

/// <summary>A cursor that isn't one of this list.</summary>
public sealed class InvalidCursorException() : Exception(
    "The link to this page of the list was changed, or belongs to another filter. Start again from the newest entries.");
