using System.Security.Cryptography;
using AuditConsole.Core;

namespace AuditConsole.Verify.Input;

/// <summary>Hashes canonical heads as they were read.</summary>
internal sealed class LeafHasher
{
    private byte[] _scratch = new byte[4096];

    /// <summary><c>SHA-256(0x00 ‖ canonical(head))</c>.</summary>
    public EntryHash Hash(ReadOnlySpan<byte> head)
    {
        if (_scratch.Length <= head.Length)
        {
            _scratch = new byte[2 * head.Length];
        }
        _scratch[0] = 0x00;
        head.CopyTo(_scratch.AsSpan(1));
        Span<byte> hash = stackalloc byte[EntryHash.Size];
        SHA256.HashData(_scratch.AsSpan(0, 1 + head.Length), hash);
        return new EntryHash(hash);
    }
}
