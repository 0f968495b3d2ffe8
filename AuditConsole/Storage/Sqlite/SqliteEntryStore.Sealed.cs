using AuditConsole.Core;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Storage.Sqlite;

// Values that rules sealed.
internal sealed partial class SqliteEntryStore : ISealedStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<SealedValue>> ListSealedAsync(int tenant, long sequence, CancellationToken cancellationToken) => readers.RunAsync(
        connection =>
        {
            var rows = connection.Prepare("SELECT commitment, rule, path, key_id, nonce, value FROM sealed_value WHERE tenant = ?1 AND sequence = ?2 ORDER BY path, commitment")
                .Bind(1, tenant).Bind(2, sequence);
            var values = new List<SealedValue>();
            while (rows.Step())
            {
                values.Add(new SealedValue(
                    new EntryHash(rows.Bytes(0)), rows.TextOrNull(1)!, rows.TextOrNull(2)!, rows.Bytes(3).ToArray(), rows.Bytes(4).ToArray(), rows.Bytes(5).ToArray()));
            }
            return (IReadOnlyList<SealedValue>)values;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> DestroySealedAsync(AppendRequest record, long sequence, EntryHash commitment, CancellationToken cancellationToken)
    {
        try
        {
            await AppendAsync(
                record with
                {
                    Change = context =>
                    {
                        if (context.Database.ExecuteSql(
                            $"DELETE FROM sealed_value WHERE tenant = {record.Tenant} AND sequence = {sequence} AND commitment = {commitment.ToArray()}") == 0)
                        {
                            throw new GoneException();
                        }
                    },
                },
                cancellationToken);
        }
        catch (GoneException)
        {
            return false;
        }
        // Deleted means gone from the file too, whoever still waits for it.
        await ReclaimAsync(CancellationToken.None);
        return true;
    }

    private sealed class GoneException : Exception;
}
