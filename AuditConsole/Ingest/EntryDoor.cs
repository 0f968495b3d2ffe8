using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Redaction;
using AuditConsole.Schemas;
using AuditConsole.Sealing;
using AuditConsole.Signatures;
using AuditConsole.Storage;

namespace AuditConsole.Ingest;

/// <summary>An entry that may be recorded.</summary>
/// <param name="Entry">Redacted, and hashed only then.</param>
/// <param name="Redacted">Where rules took something out of it, JSON Pointers.</param>
/// <param name="Sealed">What of it is to be kept apart.</param>
/// <param name="Caught">How many values each rule found.</param>
internal sealed record AdmittedEntry(
    PreparedEntry Entry, IReadOnlyList<string> Redacted, IReadOnlyList<SealedValue> Sealed, IReadOnlyList<KeyValuePair<string, int>> Caught);

/// <summary>
/// Where everything that a producer sends comes in, over HTTP or from a file: validate, redact, then hash. As it is for
/// one tenant at one moment.
/// </summary>
internal sealed class EntryDoor(Guid tenantId, EntryWindow window, RuleSet rules, SigningRules signing, Sealer sealer, TenantSchemas schemas)
{
    /// <summary>The times at which an entry may have occurred.</summary>
    public EntryWindow Window => window;

    /// <summary>Reads and checks an entry.</summary>
    /// <param name="sent">The JSON value.</param>
    /// <param name="path">Its place in the body: empty, or <c>[3]</c> in a batch.</param>
    /// <param name="problems">Receives everything that is wrong with it.</param>
    /// <returns>The entry, or null if anything was wrong.</returns>
    public NewEntry? Read(JsonElement sent, string path, EntryProblems problems) =>
        EntryParser.Parse(sent, path, problems) is { } entry && CheckSignature(sent, entry, path, problems) && CheckSchema(entry, path, problems) ? entry : null;

    /// <summary>Redacts and hashes an entry that was read here.</summary>
    /// <exception cref="StorageException">A rule seals, and the key of sealed values can't be had.</exception>
    public AdmittedEntry Admit(NewEntry entry)
    {
        var (redacted, findings) = EntryRedactor.Apply(rules, entry, (rule, path, value) => sealer.Seal(tenantId, rule, path, value));
        return findings.Count == 0
            ? new AdmittedEntry(PreparedEntry.From(redacted), [], [], [])
            : new AdmittedEntry(
                PreparedEntry.From(redacted), Finding.PathsOf(findings), [.. findings.Select(finding => finding.Sealed).OfType<SealedValue>()],
                [.. findings.CountBy(finding => finding.Rule)]);
    }

    private bool CheckSchema(NewEntry entry, string path, EntryProblems problems)
    {
        var found = schemas.Check(entry);
        foreach (var problem in found)
        {
            var field = SchemaPlaces.FieldOf(problem);
            problems.Add(new FieldError(path.Length == 0 ? field : $"{path}.{field}", problem.Message), "schema_mismatch");
        }
        return found.Count == 0;
    }

    private bool CheckSignature(JsonElement sent, NewEntry entry, string path, EntryProblems problems)
    {
        if (entry.Signature is not { } signature)
        {
            return !signing.RequiresSignatures
                || Refuse("signature_required", "signature", "is missing: this account takes signed entries alone");
        }
        if (EntrySignature.FindChange(sent, entry, path) is { } change)
        {
            problems.Add(change, "signed_entry_would_change");
            return false;
        }
        var (_, findings) = EntryRedactor.Apply(rules, entry, NoSeal);
        if (findings.Count > 0)
        {
            foreach (var finding in findings)
            {
                Refuse("signed_entry_would_change", finding.Path[1..].Replace('/', '.'), $"would be redacted by the rule {finding.Rule}: leave it out, then sign");
            }
            return false;
        }
        if (!signing.Keys.TryGetValue(signature.KeyId, out var key))
        {
            return Refuse("signature_key_unknown", "signature.key_id", "is no signing key of this account");
        }
        if (key.IsRevoked)
        {
            return Refuse("signature_key_unknown", "signature.key_id", "is a signing key that was revoked");
        }
        return key.Verifies(entry, tenantId)
            || Refuse("signature_invalid", "signature.value",
                "is not this key's over the canonical JSON of the entry without signature and with tenant_id: ECDSA P-256, SHA-256, DER, base64");

        bool Refuse(string code, string field, string message)
        {
            problems.Add(new FieldError(path.Length == 0 ? field : $"{path}.{field}", message), code);
            return false;
        }
    }

    private static SealedValue NoSeal(string rule, string path, ReadOnlySpan<byte> value) => new(EntryHash.Zero, rule, path, [], [], []);
}

/// <summary>Opens each tenant's door as it is now.</summary>
internal sealed class EntryDoors(EntryWindows windows, RedactionDirectory rules, SigningKeyDirectory keys, Sealer sealer, SchemaGuard schemas)
{
    /// <summary>The door of what is sent over HTTP.</summary>
    public async ValueTask<EntryDoor> OfAsync(int tenant, Guid tenantId, CancellationToken cancellationToken) =>
        await OpenAsync(tenant, tenantId, await schemas.OfAsync(tenant, cancellationToken), cancellationToken);

    /// <summary>The door of what is imported: history, which no schema of today was made for.</summary>
    public ValueTask<EntryDoor> OfHistoryAsync(int tenant, Guid tenantId, CancellationToken cancellationToken) =>
        OpenAsync(tenant, tenantId, TenantSchemas.None, cancellationToken);

    private async ValueTask<EntryDoor> OpenAsync(int tenant, Guid tenantId, TenantSchemas required, CancellationToken cancellationToken) => new(
        tenantId, await windows.OfAsync(tenant, cancellationToken), await rules.OfAsync(tenant, cancellationToken),
        await keys.OfAsync(tenant, cancellationToken), sealer, required);
}
