using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace AuditConsole.Core;

/// <summary>
/// The two canonical texts of an entry. <b>Details</b>: actor.name, actor.metadata, target.name, target.metadata,
/// targets, ip, location, user_agent, reasoning, metadata, signature. <b>Head</b>: everything else but the two hashes of
/// the chain, plus the hash of the details. An actor or target without a name and metadata is left out of the details;
/// absent members and empty <c>targets</c> are left out everywhere.
/// </summary>
public static class EntryText
{
    /// <summary>The canonical details, UTF-8.</summary>
    /// <exception cref="CanonicalJsonException">A text holds U+0000 or a lone surrogate.</exception>
    public static byte[] Details(NewEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(entry.Metadata.Utf8.Length + 256);
        var json = new MemberWriter(buffer);
        json.Begin();
        WriteParty(ref json, "actor", entry.Actor.Name, entry.Actor.Metadata);
        json.Text("ip", entry.Ip?.ToString());
        json.Text("location", entry.Location);
        json.Raw("metadata", entry.Metadata.Utf8.Span);
        json.Text("reasoning", entry.Reasoning);
        WriteSignature(ref json, entry.Signature);
        WriteParty(ref json, "target", entry.Target.Name, entry.Target.Metadata);
        WriteTargets(ref json, entry.Targets);
        json.Text("user_agent", entry.UserAgent);
        json.End();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Appends the canonical head to <paramref name="output"/>.</summary>
    public static void WriteHead(in EntryHead head, ArrayBufferWriter<byte> output)
    {
        var json = new MemberWriter(output);
        json.Begin();
        WriteHeadStart(ref json, head.Content, head.DetailsHash);
        json.Uuid("id", head.Id);
        json.Time("occurred_at", head.OccurredAt);
        json.Time("recorded_at", head.RecordedAt);
        json.Text("recorded_by", head.RecordedBy);
        if (head.Content.SchemaVersion is { } schemaVersion)
        {
            json.Integer("schema_version", schemaVersion);
        }
        json.Integer("sequence", head.Sequence);
        WriteHeadTarget(ref json, head.Content.Target);
        json.Uuid("tenant_id", head.TenantId);
        json.End();
    }

    /// <summary>The members of a head before its id.</summary>
    internal static void WriteHeadStart(ref MemberWriter json, NewEntry content, EntryHash detailsHash)
    {
        json.Text("action", content.Action);
        json.Name("actor");
        var actor = new MemberWriter(json.Output);
        actor.Begin();
        actor.Text("id", content.Actor.Id);
        actor.Text("type", content.Actor.Type);
        actor.End();
        json.Text("correlation_id", content.CorrelationId);
        json.Hash("details_hash", detailsHash);
        json.Text("engine_version", content.EngineVersion);
    }

    /// <summary>The member between a head's sequence and its tenant.</summary>
    internal static void WriteHeadTarget(ref MemberWriter json, Resource resource)
    {
        json.Name("target");
        var target = new MemberWriter(json.Output);
        target.Begin();
        target.Text("id", resource.Id);
        target.Text("slug", resource.Slug);
        target.Text("type", resource.Type);
        target.Text("version", resource.Version);
        target.End();
    }

    private static void WriteParty(ref MemberWriter json, string member, string? name, CanonicalObject? metadata)
    {
        if (name is null && metadata is null)
        {
            return;
        }
        json.Name(member);
        var party = new MemberWriter(json.Output);
        party.Begin();
        if (metadata is not null)
        {
            party.Raw("metadata", metadata.Utf8.Span);
        }
        party.Text("name", name);
        party.End();
    }

    internal static void WriteSignature(ref MemberWriter json, EntrySignature? signature)
    {
        if (signature is null)
        {
            return;
        }
        json.Name("signature");
        var members = new MemberWriter(json.Output);
        members.Begin();
        members.Text("key_id", signature.KeyId);
        members.Text("value", signature.Value);
        members.End();
    }

    internal static void WriteTargets(ref MemberWriter json, IReadOnlyList<Resource> targets)
    {
        if (targets.Count == 0)
        {
            return;
        }
        json.Name("targets");
        json.Output.Write("["u8);
        for (var i = 0; i < targets.Count; i++)
        {
            if (i > 0)
            {
                json.Output.Write(","u8);
            }
            WriteResource(json.Output, targets[i]);
        }
        json.Output.Write("]"u8);
    }

    internal static void WriteResource(ArrayBufferWriter<byte> output, Resource resource)
    {
        var json = new MemberWriter(output);
        json.Begin();
        json.Text("id", resource.Id);
        if (resource.Metadata is not null)
        {
            json.Raw("metadata", resource.Metadata.Utf8.Span);
        }
        json.Text("name", resource.Name);
        json.Text("slug", resource.Slug);
        json.Text("type", resource.Type);
        json.Text("version", resource.Version);
        json.End();
    }
}

/// <summary>What the canonical head of an entry is written from.</summary>
/// <param name="Id">The entry's UUIDv7.</param>
/// <param name="TenantId">The tenant's UUID.</param>
/// <param name="Sequence">The position in the chain, from 1.</param>
/// <param name="OccurredAt">UTC, whole milliseconds.</param>
/// <param name="RecordedAt">UTC, whole milliseconds.</param>
/// <param name="RecordedBy">The credential that wrote it.</param>
/// <param name="Content">Its actor's and target's identifying fields, action, engine version, schema version and correlation id.</param>
/// <param name="DetailsHash">The hash of the details with their salt.</param>
public readonly record struct EntryHead(
    Guid Id, Guid TenantId, long Sequence, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, string RecordedBy,
    NewEntry Content, EntryHash DetailsHash);

/// <summary>Writes the members of one object. The caller gives them in canonical order; null texts are left out.</summary>
public struct MemberWriter(ArrayBufferWriter<byte> output)
{
    private bool _any;

    public readonly ArrayBufferWriter<byte> Output => output;

    public readonly void Begin() => output.Write("{"u8);

    public readonly void End() => output.Write("}"u8);

    /// <summary>A name of plain ASCII letters and underscores.</summary>
    public void Name(string name)
    {
        var span = output.GetSpan(name.Length + 4);
        var at = 0;
        if (_any)
        {
            span[at++] = (byte)',';
        }
        _any = true;
        span[at++] = (byte)'"';
        at += Encoding.ASCII.GetBytes(name, span[at..]);
        span[at++] = (byte)'"';
        span[at++] = (byte)':';
        output.Advance(at);
    }

    public void Text(string name, string? value)
    {
        if (value is not null)
        {
            Name(name);
            CanonicalJson.WriteString(value, output, name);
        }
    }

    public void Raw(string name, ReadOnlySpan<byte> canonical)
    {
        Name(name);
        output.Write(canonical);
    }

    public void RawIfAny(string name, ReadOnlySpan<byte> canonical)
    {
        if (!canonical.IsEmpty)
        {
            Raw(name, canonical);
        }
    }

    public void Integer(string name, long value)
    {
        Name(name);
        Utf8Formatter.TryFormat(value, output.GetSpan(20), out var written);
        output.Advance(written);
    }

    public void Hash(string name, EntryHash value)
    {
        Name(name);
        Span<byte> bytes = stackalloc byte[EntryHash.Size];
        value.CopyTo(bytes);
        var span = output.GetSpan(2 * EntryHash.Size + 2);
        span[0] = (byte)'"';
        Convert.TryToHexStringLower(bytes, span[1..], out _);
        span[2 * EntryHash.Size + 1] = (byte)'"';
        output.Advance(2 * EntryHash.Size + 2);
    }

    public void Uuid(string name, Guid value)
    {
        Name(name);
        var span = output.GetSpan(38);
        span[0] = (byte)'"';
        value.TryFormat(span[1..], out _);
        span[37] = (byte)'"';
        output.Advance(38);
    }

    public void Time(string name, DateTimeOffset value)
    {
        Name(name);
        var span = output.GetSpan(WireTime.Length + 2);
        span[0] = (byte)'"';
        WireTime.Format(value, span[1..]);
        span[WireTime.Length + 1] = (byte)'"';
        output.Advance(WireTime.Length + 2);
    }
}
