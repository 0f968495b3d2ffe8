namespace AuditConsole.Streams.Delivery;

/// <summary>
/// How many batches are in memory at once. Lanes that fail have places of their own, few: however many destinations
/// hang, those that work find a free place.
/// </summary>
internal sealed class DeliverySlots : IDisposable
{
    /// <summary>For lanes that work.</summary>
    public const int Working = 32;

    /// <summary>For lanes whose last attempt failed.</summary>
    public const int Failing = 8;

    private readonly SemaphoreSlim _working = new(Working, Working);
    private readonly SemaphoreSlim _failing = new(Failing, Failing);

    /// <summary>Waits for a place.</summary>
    /// <returns>To be disposed when the batch is gone.</returns>
    public async Task<IDisposable> EnterAsync(bool isFailing, CancellationToken cancellationToken)
    {
        var places = isFailing ? _failing : _working;
        await places.WaitAsync(cancellationToken);
        return new Place(places);
    }

    public void Dispose()
    {
        _working.Dispose();
        _failing.Dispose();
    }

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                places.Release();
            }
        }
    }
}
