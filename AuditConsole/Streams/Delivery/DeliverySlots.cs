using System.Collections.Concurrent;

namespace AuditConsole.Streams.Delivery;

/// <summary>How the last attempt of a lane went, by which it shares its places with others.</summary>
internal enum DeliveryPace
{
    /// <summary>It was taken at once.</summary>
    Quick,

    /// <summary>The other side took its time.</summary>
    Slow,

    /// <summary>It wasn't taken.</summary>
    Failing,
}

/// <summary>
/// How many batches are in memory at once. Lanes that are slow and lanes that fail have places of their own, and no tenant
/// has more than half of any: however many destinations hang or take their time, those that are quick find a free place.
/// </summary>
internal sealed class DeliverySlots : IDisposable
{
    /// <summary>For lanes whose other side answers at once.</summary>
    public const int Quick = 32;

    /// <summary>For lanes whose other side takes its time.</summary>
    public const int Slow = 16;

    /// <summary>For lanes whose last attempt failed.</summary>
    public const int Failing = 8;

    /// <summary>An attempt that takes so long is slow.</summary>
    public static readonly TimeSpan SlowFrom = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(int Tenant, DeliveryPace Pace), SemaphoreSlim> _shares = new();
    private readonly SemaphoreSlim[] _places = [New(Quick), New(Slow), New(Failing)];

    /// <summary>Waits for a place.</summary>
    /// <param name="tenant">Whose lane.</param>
    /// <param name="pace">How its last attempt went.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>To be disposed when the batch is gone.</returns>
    public async Task<IDisposable> EnterAsync(int tenant, DeliveryPace pace, CancellationToken cancellationToken)
    {
        var places = _places[(int)pace];
        var share = _shares.GetOrAdd((tenant, pace), key => New(MostOf(key.Pace) / 2));
        await share.WaitAsync(cancellationToken);
        try
        {
            await places.WaitAsync(cancellationToken);
        }
        catch
        {
            share.Release();
            throw;
        }
        return new Place(places, share);
    }

    public void Dispose()
    {
        foreach (var places in _places.Concat(_shares.Values))
        {
            places.Dispose();
        }
    }

    private static int MostOf(DeliveryPace pace) => pace switch
    {
        DeliveryPace.Quick => Quick,
        DeliveryPace.Slow => Slow,
        _ => Failing,
    };

    private static SemaphoreSlim New(int places) => new(places, places);

    private sealed class Place(SemaphoreSlim places, SemaphoreSlim share) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                places.Release();
                share.Release();
            }
        }
    }
}
