using AuditConsole.Storage.Segments;
using Microsoft.Win32.SafeHandles;

namespace AuditConsole.Storage.Sqlite;

// Details that are destroyed, and holds that forbid it.
internal sealed partial class SqliteEntryStore : IDisposable
{
    private SafeFileHandle? _file;

    /// <inheritdoc/>
    public async Task WithholdAsync(IReadOnlyList<AppendRequest> requests, CancellationToken cancellationToken)
    {
        if (requests.Count == 0 || requests.Any(request => request.Tenant != requests[0].Tenant || request.Withholds.Count > request.Entries.Count))
        {
            throw new ArgumentException("Requests are of one tenant, and each entry that is withheld needs one that records it.", nameof(requests));
        }
        var remains = new WithheldRemains(requests[0].Tenant);
        // Also keeps a purge from taking the removal of the remains for its own.
        await _onePurge.WaitAsync(cancellationToken);
        try
        {
            foreach (var request in requests)
            {
                var details = await readers.RunAsync(connection => remains.Read(request.Withholds, connection), cancellationToken);
                await writer.AppendAsync(request, CancellationToken.None);
                remains.Add(details);
            }
        }
        finally
        {
            try
            {
                // The details are gone for every reader: that the file forgets them doesn't depend on whoever waits.
                await RemoveRemainsAsync(requests[0].Tenant, remains, CancellationToken.None);
            }
            finally
            {
                _onePurge.Release();
            }
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<HoldOver>> FindHoldsOverAsync(int tenant, long sequence, CancellationToken cancellationToken) => readers.RunAsync(
        connection => (IReadOnlyList<HoldOver>)[.. ActiveHolds.Read(tenant, connection.Prepare).All
            .Where(hold => Any(connection.Prepare($"SELECT 1 FROM entry WHERE tenant = ?1 AND sequence = ?2 AND {hold.Sql}").Bind(1, tenant).Bind(2, sequence)))
            .Select(hold => hold.Hold)],
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<HeldEntries>> CountHeldAsync(int tenant, DateTimeOffset before, CancellationToken cancellationToken) => SearchAsync(
        tenant,
        connection =>
        {
            var all = segments.Read(tenant, ReadHead(tenant, connection).Size, connection.Prepare);
            var held = new List<HeldEntries>();
            foreach (var hold in ActiveHolds.Read(tenant, connection.Prepare).All)
            {
                using var query = hold.Selection is { } selection ? new SegmentQuery(all, SegmentFilters.Held(selection, before.ToUnixTimeMilliseconds())) : null;
                held.Add(new HeldEntries(hold.Hold, query?.Count() ?? 0));
            }
            return (IReadOnlyList<HeldEntries>)held;
        },
        cancellationToken);

    /// <summary>Closes the file, after SQLite has closed it.</summary>
    public void Dispose() => _file?.Dispose();

    private async Task RemoveRemainsAsync(int tenant, WithheldRemains remains, CancellationToken cancellationToken)
    {
        if (await FindRemainsAsync(tenant, cancellationToken) != Remains.OfWithheld)
        {
            // Nothing was withheld.
            return;
        }
        var someAreUnused = await SearchAsync(
            tenant, connection => remains.LeaveUsedWords(segments.Read(tenant, long.MaxValue, connection.Prepare)), cancellationToken);
        if (someAreUnused)
        {
            await RemoveNamesAsync(tenant, cancellationToken);
            await readers.RunAsync(remains.LeaveStoredWords, cancellationToken);
        }
        await ReclaimAsync(cancellationToken);
        // secure_delete overwrites what a deletion frees, but not the copies that stay behind where SQLite moves
        // neighbours of a deleted row from one page to another. They are rare, so the file is searched for them.
        if (remains.AreIn(OpenFile()))
        {
            await writer.RunAsync(inTransaction: false, session => { session.Rebuild(); return true; }, cancellationToken);
            await ReclaimAsync(cancellationToken);
            if (remains.AreIn(OpenFile()))
            {
                throw new StorageException("The details are withheld, and a copy of some is still in the database file. The next purge tries again to remove it.");
            }
        }
        await writer.RunAsync(inTransaction: true, session => { session.EndPurge(tenant); return true; }, cancellationToken);
    }

    // Kept open: closing any handle of a file gives up all of the process's locks on it, SQLite's too (POSIX, fcntl).
    private SafeFileHandle OpenFile() => _file ??= File.OpenHandle(directory.DatabaseFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
