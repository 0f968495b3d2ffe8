using System.Collections.Concurrent;
using System.Security.Cryptography;
using AuditConsole.Core;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Signatures;

/// <summary>A registered key as signatures are verified with it.</summary>
internal sealed record KnownSigningKey(string Id, string Name, byte[] PublicKey, bool IsRevoked)
{
    /// <summary>Whether a signature over an entry is this key's.</summary>
    public bool Verifies(NewEntry entry, Guid tenantId)
    {
        // A key object of its own for each call: theirs can't be shared between threads.
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(PublicKey, out _);
        return entry.Signature!.Verify(key, entry, tenantId);
    }
}

/// <summary>A tenant's keys, and whether it takes signed entries alone.</summary>
internal sealed record SigningRules(IReadOnlyDictionary<string, KnownSigningKey> Keys, bool RequiresSignatures);

/// <summary>Each tenant's keys, from memory. Every change empties it.</summary>
public sealed class SigningKeyDirectory(IDbContextFactory<ConsoleDbContext> contexts)
{
    private readonly ConcurrentDictionary<int, SigningRules> _known = new();
    private long _generation;

    internal async ValueTask<SigningRules> OfAsync(int tenant, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(tenant, out var known))
        {
            return known;
        }
        var generation = Interlocked.Read(ref _generation);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        known = new SigningRules(
            await context.SigningKeys.AsNoTracking().Where(key => key.TenantNumber == tenant)
                .ToDictionaryAsync(key => key.Id, key => new KnownSigningKey(key.Id, key.Name, key.PublicKey, key.RevokedAt != null), StringComparer.Ordinal, cancellationToken),
            await context.SigningPolicies.AsNoTracking().AnyAsync(policy => policy.TenantNumber == tenant && policy.RequiresSignatures, cancellationToken));
        if (generation == Interlocked.Read(ref _generation))
        {
            _known[tenant] = known;
            // A change between the comparison and the store would otherwise leave the old keys behind.
            if (generation != Interlocked.Read(ref _generation))
            {
                _known.TryRemove(tenant, out _);
            }
        }
        return known;
    }

    internal void Clear()
    {
        // In this order: a reader that began before the change sees another generation and keeps nothing.
        Interlocked.Increment(ref _generation);
        _known.Clear();
    }
}
