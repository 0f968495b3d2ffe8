namespace AuditConsole.Storage.Sqlite;

/// <summary>
/// Whose turn it is to write. SQLite lets one connection write at a time and makes the others poll, so that a busy
/// writer thread would starve every form of the console; here they alternate instead.
/// </summary>
internal sealed class WriteGate : IDisposable
{
    // Release hands the turn to a waiter, so that whoever wrote last can't take it again past one that waits.
    private readonly SemaphoreSlim _turn = new(1, 1);

    public void Enter() => _turn.Wait();

    public Task EnterAsync(CancellationToken cancellationToken) => _turn.WaitAsync(cancellationToken);

    public void Leave() => _turn.Release();

    public void Dispose() => _turn.Dispose();
}
