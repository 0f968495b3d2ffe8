using System.Text.Json;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace AuditConsole.Streams;

/// <summary>Keeps a small value as JSON in a column of text.</summary>
internal sealed class JsonColumn<T>() : ValueConverter<T, string>(value => Write(value), text => Read(text))
{
    private static string Write(T value) => JsonSerializer.Serialize(value);

    private static T Read(string text) => JsonSerializer.Deserialize<T>(text)!;

    /// <summary>Two values are one where their text is.</summary>
    internal sealed class Comparer() : ValueComparer<T>((one, other) => Write(one!) == Write(other!), value => Write(value).GetHashCode(StringComparison.Ordinal));
}
