using System.Security.Claims;
using Microsoft.Extensions.Options;

namespace AuditConsole.Identity;

/// <summary>The open connections of pages, by person, so that they can be counted and cut.</summary>
public sealed class CircuitConnections(TimeProvider clock, IOptions<SecurityOptions> options)
{
    // Time for the page to show why it ends before the connection does.
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(700);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<HttpContext>> _open = new(StringComparer.Ordinal);

    /// <summary>Counts a connection in.</summary>
    /// <returns>False if the person has too many.</returns>
    internal bool TryAdd(string userId, HttpContext connection)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(userId, out var open))
            {
                _open[userId] = open = [];
            }
            return open.Count < options.Value.MaxConnectionsPerUser && open.Add(connection);
        }
    }

    /// <summary>Counts a connection out.</summary>
    internal void Remove(string userId, HttpContext connection)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(userId, out var open) && open.Remove(connection) && open.Count == 0)
            {
                _open.Remove(userId);
            }
        }
    }

    /// <summary>A person's connections whose session is meant.</summary>
    internal IReadOnlyList<HttpContext> Of(string userId, Func<ClaimsPrincipal, bool> session)
    {
        lock (_lock)
        {
            return _open.TryGetValue(userId, out var open) ? [.. open.Where(connection => session(connection.User))] : [];
        }
    }

    /// <summary>Cuts connections a moment later.</summary>
    internal void AbortSoon(IReadOnlyList<HttpContext> connections)
    {
        if (connections.Count > 0)
        {
            _ = AbortAsync(connections);
        }
    }

    private async Task AbortAsync(IReadOnlyList<HttpContext> connections)
    {
        await Task.Delay(Farewell, clock);
        foreach (var connection in connections)
        {
            lock (_lock)
            {
                // A context that has ended serves another request by now.
                if (!_open.Values.Any(open => open.Contains(connection)))
                {
                    continue;
                }
                connection.Abort();
            }
        }
    }
}
