using System.Buffers;
using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;
using AuditConsole.Tests.Core;

namespace AuditConsole.Tests.Evidence;

/// <summary>A tenant's log in memory, with a key: makes the files that a service makes.</summary>
internal sealed class EvidenceLog : IDisposable
{
    public const string Service = "log.example.com";

    private readonly List<AuditEntry> _entries = [];
    private readonly ArrayBufferWriter<byte> _output = new();

    /// <param name="entries">How many.</param>
    /// <param name="seed">Decides on their contents.</param>
    /// <param name="tenant">Whose.</param>
    /// <param name="repeat">Whether some say what others say, in the same millisecond.</param>
    public EvidenceLog(int entries, int seed = 1, Guid? tenant = null, bool repeat = false)
    {
        Tenant = tenant ?? DefaultTenant;
        var random = new RandomEntry(seed);
        var head = ChainHead.Empty;
        for (var i = 0; i < entries; i++)
        {
            _entries.Add(random.After(head, Tenant, repeat && i % 4 == 3 ? _entries[i - 2].Content : null));
            head = new ChainHead(head.Size + 1, _entries[^1].Hash);
        }
    }

    /// <summary>A log of these entries; those of signing keys are the service's own.</summary>
    public EvidenceLog(IReadOnlyList<NewEntry> contents)
        : this(0)
    {
        var random = new RandomEntry(1);
        var head = ChainHead.Empty;
        foreach (var content in contents)
        {
            _entries.Add(random.After(head, Tenant, content, content is { Action: "SigningKeyRegistered" or "AuditLogPurged" or "EntryWithheld", Actor.Id: "usr_admin" } ? "user:usr_admin" : "key:key_1"));
            head = new ChainHead(head.Size + 1, _entries[^1].Hash);
        }
    }

    public static Guid DefaultTenant { get; } = Guid.Parse("6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de");

    public Guid Tenant { get; }

    public ECDsa Private { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Key => CheckpointKey.From(Private).ToLine(Service);

    public IReadOnlyList<AuditEntry> Entries => _entries;

    /// <summary>Sequences whose details are withheld.</summary>
    public HashSet<long> Withheld { get; } = [];

    /// <summary>Sequences that were purged.</summary>
    public HashSet<long> Purged { get; } = [];

    public TestTree Tree(long purged = 0) => new(_entries.Select(entry => entry.Leaf), purged);

    public SignedCheckpoint Checkpoint(int? size = null, ECDsa? key = null)
    {
        var count = size ?? _entries.Count;
        return SignedCheckpoint.Sign(
            new Checkpoint(
                Service, Tenant, count, TestTree.Naive([.. _entries.Take(count).Select(entry => entry.Leaf)]),
                count == 0 ? EntryHash.Zero : _entries[count - 1].Hash, DateTimeOffset.FromUnixTimeMilliseconds(1_795_365_728_402)),
            key ?? Private);
    }

    /// <summary>The lines of an archive, each with its end.</summary>
    public List<byte[]> Archive(int? size = null, int purgedBeginning = 0)
    {
        var lines = new List<byte[]>();
        var frontier = new MerkleFrontier();
        var start = ChainHead.Empty;
        foreach (var entry in _entries.Take(purgedBeginning))
        {
            frontier.Append(entry.Leaf);
            start = new ChainHead(entry.Sequence, entry.Hash);
        }
        ArchiveFormat.WriteHeader(_output, Tenant, start, frontier);
        lines.Add(Take());
        foreach (var entry in _entries.Take(size ?? _entries.Count).Skip(purgedBeginning))
        {
            if (Purged.Contains(entry.Sequence))
            {
                ArchiveFormat.WritePurged(_output, entry.Sequence, entry.Leaf, entry.Hash);
            }
            else if (Withheld.Contains(entry.Sequence))
            {
                ArchiveFormat.WriteWithheld(_output, HeadOf(entry), entry.Hash);
            }
            else
            {
                ArchiveFormat.WriteEntry(_output, HeadOf(entry), EntryText.Details(entry.Content), entry.Salt, entry.Hash);
            }
            lines.Add(Take());
        }
        ArchiveFormat.WriteCheckpoint(_output, Checkpoint(size).Note);
        lines.Add(Take());
        return lines;
    }

    public static EntryHead HeadOf(AuditEntry entry) => new(
        entry.Id, entry.TenantId, entry.Sequence, entry.OccurredAt, entry.RecordedAt, entry.RecordedBy, entry.Content,
        HashChain.HashDetails(entry.Salt, EntryText.Details(entry.Content)));

    /// <summary>The line of an entry that is changed, hashed anew to follow from a link.</summary>
    public byte[] Forge(AuditEntry entry, EntryHash previous, out EntryHash hash)
    {
        var head = HeadOf(entry);
        var leaf = HashChain.HashHead(head, new());
        hash = HashChain.Link(previous, leaf);
        ArchiveFormat.WriteEntry(_output, head, EntryText.Details(entry.Content), entry.Salt, hash);
        return Take();
    }

    public void Dispose() => Private.Dispose();

    private byte[] Take()
    {
        var bytes = _output.WrittenSpan.ToArray();
        _output.ResetWrittenCount();
        return bytes;
    }
}
