using System.Security.Cryptography;

namespace AuditConsole.Demo;

/// <summary>The demo's choices: all from one seed, so that the same seed and time give the same log.</summary>
internal sealed class DemoRandom(int seed)
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private readonly Random _random = new(seed);

    public int Next(int least, int beyond) => _random.Next(least, beyond);

    public double Fraction() => _random.NextDouble();

    public bool Chance(double probability) => _random.NextDouble() < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>An item; the earlier ones are far likelier, as names in real logs are.</summary>
    public T PickSkewed<T>(IReadOnlyList<T> items) => items[(int)(items.Count * Math.Pow(_random.NextDouble(), 2.2))];

    public void Shuffle<T>(Span<T> items) => _random.Shuffle(items);

    /// <summary>An id as the services of the demo make them: the prefix and 14 characters.</summary>
    public string Id(string prefix) => string.Concat(prefix, _random.GetString(Base62, 14));

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    public string Hex(int bytes) => Convert.ToHexStringLower(Bytes(bytes));

    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + (most - least) * _random.NextDouble();

    /// <summary>As <c>sha256:…</c>.</summary>
    public static string ContentHash(ReadOnlySpan<byte> content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
}
