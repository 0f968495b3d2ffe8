using AuditConsole.Core;

namespace AuditConsole.Storage.Sqlite;

// Values that rules sealed: they come with their entry, and go with its details or before them.
internal sealed partial class WriterSession
{
    /// <summary>Removes what was sealed in an entry, within the open transaction. Whoever destroys an entry's details calls it.</summary>
    public void RemoveSealed(int tenant, long sequence) =>
        Prepare("DELETE FROM sealed_value WHERE tenant = ?1 AND sequence = ?2").Bind(1, tenant).Bind(2, sequence).Run();

    // One value may stand in an entry twice: its second commitment has another salt.
    private void KeepSealed(int tenant, long sequence, SealedValue value) =>
        Prepare("INSERT INTO sealed_value (tenant, sequence, commitment, rule, path, key_id, nonce, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .Bind(1, tenant).Bind(2, sequence).BindBlob(3, value.Commitment.ToArray()).Bind(4, value.Rule).Bind(5, value.Path)
            .BindBlob(6, value.KeyId).BindBlob(7, value.Nonce).BindBlob(8, value.Value).Run();
}
