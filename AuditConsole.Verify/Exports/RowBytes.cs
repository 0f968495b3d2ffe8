namespace AuditConsole.Verify.Exports;

/// <summary>The bytes that the next rows of a receipt take, in their order.</summary>
internal sealed class RowBytes
{
    private byte[] _bytes = [];
    private int _at;

    /// <summary>Whether some bytes were not taken when others came: a row is missing.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Begins with the bytes of a line.</summary>
    /// <exception cref="FormatException">They aren't base64.</exception>
    public void Load(string base64)
    {
        Complete();
        (_bytes, _at) = (Parse(base64) ?? throw new FormatException("holds bytes that aren't base64"), 0);
    }

    /// <summary>The next bytes.</summary>
    /// <exception cref="FormatException">There aren't as many.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (_bytes.Length - _at < count)
        {
            throw new FormatException("needs bytes that do not stand before it");
        }
        _at += count;
        return _bytes.AsSpan(_at - count, count);
    }

    /// <summary>Says that no row comes any more for these bytes.</summary>
    public void Complete() => HasLeft |= _at < _bytes.Length;

    /// <summary>Base64 as bytes; null if it isn't.</summary>
    public static byte[]? Parse(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var written) ? bytes[..written] : null;
    }
}
