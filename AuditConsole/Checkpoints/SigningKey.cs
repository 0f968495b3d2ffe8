using System.Security.Cryptography;
using System.Text.Json;
using AuditConsole.Core.Evidence;
using AuditConsole.Identity;
using AuditConsole.Integrity;
using AuditConsole.Storage;
using Microsoft.Extensions.Options;

namespace AuditConsole.Checkpoints;

/// <summary>A key that signed checkpoints before the one in use.</summary>
/// <param name="Id">Its id, eight hexadecimal digits.</param>
/// <param name="Pem">The public key; null where it was lost with the private one.</param>
/// <param name="ReplacedAt">When it was replaced.</param>
/// <param name="Note">The signed note in which it names its successor; null if it was lost and couldn't sign one.</param>
/// <param name="SuccessorId">The id of the key after it.</param>
/// <param name="SuccessorPem">The public key after it.</param>
/// <param name="Reason">Why it was replaced.</param>
/// <param name="IsRecorded">Whether every tenant's log tells of it.</param>
public sealed record PreviousKey(
    string Id, string? Pem, DateTimeOffset ReplacedAt, string? Note, string SuccessorId, string SuccessorPem, string Reason, bool IsRecorded);

/// <summary>
/// The service's one private key for checkpoints (ECDSA, P-256), in a file of its own. Beside it lie its high-water
/// file (<see cref="HighWaterFile"/>) and the public keys before it.
/// </summary>
public sealed class SigningKey : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly Lock _lock = new();
    private ECDsa? _key;
    private IReadOnlyList<PreviousKey> _previous = [];

    /// <summary>Says where the key is; nothing is read yet.</summary>
    public SigningKey(IOptions<IntegrityOptions> options, DataDirectory directory, IHostEnvironment environment)
    {
        Service = options.Value.ServiceName;
        Path = options.Value.SigningKeyFile is { } file
            ? System.IO.Path.GetFullPath(file, environment.ContentRootPath)
            : directory.File("checkpoint-key.pem");
    }

    /// <summary>The private key's file.</summary>
    public string Path { get; }

    /// <summary>The name that it signs under.</summary>
    public string Service { get; }

    /// <summary>The public half; null while there is none.</summary>
    public CheckpointKey? Public { get; private set; }

    /// <summary>The keys before it, the newest first.</summary>
    public IReadOnlyList<PreviousKey> Previous => _previous;

    private string PreviousPath => $"{Path}.previous.json";

    /// <summary>All public keys that checkpoints may carry, the one in use first.</summary>
    public IReadOnlyList<CheckpointKey> All => [.. Public is { } key ? [key] : Array.Empty<CheckpointKey>(), .. _previous.Where(old => old.Pem is not null).Select(old => CheckpointKey.Parse(old.Pem!))];

    /// <summary>Whether signatures by this key can't be checked any more.</summary>
    public bool IsLost(string id) => _previous.Any(old => old.Id == id && old.Pem is null);

    /// <summary>Reads the key, or makes it.</summary>
    /// <param name="mayCreate">Whether one is made where there is none. Not where checkpoints exist already: then it was lost.</param>
    /// <exception cref="StorageException">It can't be read or made; the message says what to do.</exception>
    public void Open(bool mayCreate)
    {
        lock (_lock)
        {
            if (Public is not null)
            {
                return;
            }
            try
            {
                if (!File.Exists(Path))
                {
                    if (!mayCreate)
                    {
                        throw new StorageException(
                            $"The key that signed the checkpoints so far is not at {Path}. Put it back, with the files beside it; if it is lost for good, run: AuditConsole checkpoints rotate-key --lost --reason \"…\"");
                    }
                    using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                    DurableFile.Create(Path, made.ExportPkcs8PrivateKeyPem() + "\n");
                }
                var key = ECDsa.Create();
                key.ImportFromPem(File.ReadAllText(Path));
                var id = CheckpointKey.From(key, Service).IdText;
                var previous = ReadPrevious();
                // A rotation that was broken off before the new key took its place.
                _previous = previous.Count > 0 && previous[0].Id == id ? [.. previous.Skip(1)] : previous;
                (_key, Public) = (key, CheckpointKey.From(key, Service));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new StorageException($"The checkpoint key can't be read or made: {fault.Message} Nothing is signed until Integrity:SigningKeyFile names a file that this user can use.", fault);
            }
            catch (Exception fault) when (fault is ArgumentException or CryptographicException or FormatException or JsonException)
            {
                throw new StorageException($"{Path} holds no ECDSA key of P-256 in PEM, or {PreviousPath} was changed: {fault.Message} Put the right file there.", fault);
            }
        }
    }

    /// <summary>Signs. The high-water file must have been written before.</summary>
    internal SignedCheckpoint Sign(Checkpoint checkpoint)
    {
        lock (_lock)
        {
            return SignedCheckpoint.Sign(checkpoint, _key ?? throw new InvalidOperationException("There is no key."));
        }
    }

    /// <summary>Puts another key in the place of this one, which names it in a note that it signs.</summary>
    /// <exception cref="StorageException">The files can't be written.</exception>
    internal void Rotate(DateTimeOffset now, string reason)
    {
        lock (_lock)
        {
            using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var successor = CheckpointKey.From(fresh, Service);
            var note = SignedNote.Sign($"{Service}\nkey {successor.ToLine(Service)}\ntime {now.ToUnixTimeMilliseconds()}\n", Service, _key!).ToString();
            var old = new PreviousKey(Public!.IdText, Public.ToPem(), now, note, successor.IdText, successor.ToPem(), reason, IsRecorded: false);
            // The note first: a key that is nobody's successor would be worth nothing.
            Change([old, .. _previous], () => DurableFile.Write(Path, fresh.ExportPkcs8PrivateKeyPem() + "\n"));
            Forget();
        }
        Open(mayCreate: false);
    }

    /// <summary>Makes a key where the one before was lost.</summary>
    /// <param name="ids">The ids of keys that signed before; those whose public half isn't known can't be checked any more.</param>
    /// <param name="now">The time.</param>
    /// <param name="reason">Why.</param>
    /// <exception cref="RefusedException">It isn't lost.</exception>
    /// <exception cref="StorageException">The files can't be written.</exception>
    internal void Replace(IEnumerable<string> ids, DateTimeOffset now, string reason)
    {
        lock (_lock)
        {
            if (File.Exists(Path))
            {
                throw new RefusedException($"The key is not lost: it is at {Path}. Run the command without --lost.");
            }
            using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var successor = CheckpointKey.From(fresh, Service);
            var known = _previous.Count > 0 ? _previous : ReadPrevious();
            var lost = ids.Where(id => known.All(old => old.Id != id))
                .Select(id => new PreviousKey(id, Public?.IdText == id ? Public.ToPem() : null, now, null, successor.IdText, successor.ToPem(), reason, IsRecorded: false));
            Change([.. lost, .. known], () => DurableFile.Create(Path, fresh.ExportPkcs8PrivateKeyPem() + "\n"));
            Forget();
        }
        Open(mayCreate: false);
    }

    /// <summary>Notes that every tenant's log tells of a rotation.</summary>
    internal void SetRecorded(string id)
    {
        lock (_lock)
        {
            Change([.. _previous.Select(old => old.Id == id ? old with { IsRecorded = true } : old)], () => { });
        }
    }

    /// <summary>Signs the statement of an export, which no reader can take for a checkpoint.</summary>
    internal SignedNote Sign(ReceiptStatement statement)
    {
        lock (_lock)
        {
            return SignedNote.Sign(statement.ToBody(), statement.Origin, _key ?? throw new InvalidOperationException("There is no key."));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key?.Dispose();

    private void Change(IReadOnlyList<PreviousKey> previous, Action then)
    {
        try
        {
            DurableFile.Write(PreviousPath, JsonSerializer.Serialize(previous, Json));
            then();
            _previous = previous;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The checkpoint key's files can't be written: {fault.Message} The service's user needs to write to the folder of {Path}.", fault);
        }
    }

    private void Forget()
    {
        _key?.Dispose();
        (_key, Public) = (null, null);
    }

    private IReadOnlyList<PreviousKey> ReadPrevious() =>
        File.Exists(PreviousPath) ? JsonSerializer.Deserialize<List<PreviousKey>>(File.ReadAllText(PreviousPath), Json) ?? [] : [];
}
