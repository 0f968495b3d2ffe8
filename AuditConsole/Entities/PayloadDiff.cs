using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AuditConsole.Core;

namespace AuditConsole.Entities;

/// <summary>A step into a payload: a member's name, or the place of an element in the old and the new array.</summary>
/// <param name="Name">The member; null for an element.</param>
/// <param name="OldIndex">The element's place before; -1 if it is new.</param>
/// <param name="NewIndex">The element's place now; -1 if it is gone.</param>
public readonly record struct PayloadStep(string? Name, int OldIndex = -1, int NewIndex = -1)
{
    /// <summary>The step as part of a path: <c>rules</c>, <c>["a b"]</c>, <c>[3]</c>.</summary>
    public string Text => Name is null ? $"[{Number(NewIndex >= 0 ? NewIndex : OldIndex)}]"
        : IsPlain(Name) ? Name
        : $"[\"{JsonEncodedText.Encode(Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"]";

    internal bool NeedsDot => Name is not null && IsPlain(Name);

    private static bool IsPlain(string name) => name.Length > 0 && name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-' or '$');

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One place at which two payloads differ.</summary>
/// <param name="Steps">The place.</param>
/// <param name="Old">The value before, canonical JSON; null if there was none.</param>
/// <param name="New">The value now, canonical JSON; null if there is none.</param>
public sealed record PayloadChange(IReadOnlyList<PayloadStep> Steps, string? Old, string? New)
{
    /// <summary>The place as text: <c>rules[3].severity</c>.</summary>
    public string Path
    {
        get
        {
            var text = new StringBuilder();
            foreach (var step in Steps)
            {
                text.Append(step.NeedsDot && text.Length > 0 ? "." : "").Append(step.Text);
            }
            return text.ToString();
        }
    }
}

/// <summary>What is different between two payloads, whatever a producer put in them.</summary>
public static class PayloadDiff
{
    // Aligning arrays costs old times new; beyond this, elements are compared place by place.
    private const int MostCells = 250_000;

    /// <summary>The differences, in the order of the new payload's text. Equal payloads have none.</summary>
    public static IReadOnlyList<PayloadChange> Between(CanonicalObject old, CanonicalObject @new)
    {
        if (old.Equals(@new))
        {
            return [];
        }
        using var before = old.Parse();
        using var after = @new.Parse();
        return Between(before.RootElement, after.RootElement);
    }

    /// <summary>The differences of two values in canonical form.</summary>
    internal static IReadOnlyList<PayloadChange> Between(JsonElement old, JsonElement @new)
    {
        var changes = new List<PayloadChange>();
        Compare(old, @new, [], changes);
        return changes;
    }

    private static void Compare(JsonElement old, JsonElement @new, PayloadStep[] at, List<PayloadChange> changes)
    {
        if (old.ValueKind == JsonValueKind.Object && @new.ValueKind == JsonValueKind.Object)
        {
            CompareObjects(old, @new, at, changes);
        }
        else if (old.ValueKind == JsonValueKind.Array && @new.ValueKind == JsonValueKind.Array)
        {
            CompareArrays([.. old.EnumerateArray()], [.. @new.EnumerateArray()], at, changes);
        }
        else if (!JsonElement.DeepEquals(old, @new))
        {
            changes.Add(new PayloadChange(at, old.GetRawText(), @new.GetRawText()));
        }
    }

    private static void CompareObjects(JsonElement old, JsonElement @new, PayloadStep[] at, List<PayloadChange> changes)
    {
        foreach (var member in old.EnumerateObject())
        {
            if (!@new.TryGetProperty(member.Name, out _))
            {
                changes.Add(new PayloadChange([.. at, new PayloadStep(member.Name)], member.Value.GetRawText(), null));
            }
        }
        foreach (var member in @new.EnumerateObject())
        {
            PayloadStep[] step = [.. at, new PayloadStep(member.Name)];
            if (old.TryGetProperty(member.Name, out var before))
            {
                Compare(before, member.Value, step, changes);
            }
            else
            {
                changes.Add(new PayloadChange(step, null, member.Value.GetRawText()));
            }
        }
    }

    private static void CompareArrays(JsonElement[] old, JsonElement[] @new, PayloadStep[] at, List<PayloadChange> changes)
    {
        var start = 0;
        while (start < old.Length && start < @new.Length && JsonElement.DeepEquals(old[start], @new[start]))
        {
            start++;
        }
        var (oldEnd, newEnd) = (old.Length, @new.Length);
        while (oldEnd > start && newEnd > start && JsonElement.DeepEquals(old[oldEnd - 1], @new[newEnd - 1]))
        {
            (oldEnd, newEnd) = (oldEnd - 1, newEnd - 1);
        }

        // Between two kept elements, the removed and the added ones are taken in pairs: an element that changed.
        var (oldAt, newAt) = (start, start);
        foreach (var (keptOld, keptNew) in Kept(old, @new, start, oldEnd, newEnd).Append((oldEnd, newEnd)))
        {
            while (oldAt < keptOld && newAt < keptNew)
            {
                Compare(old[oldAt], @new[newAt], [.. at, new PayloadStep(null, oldAt, newAt)], changes);
                (oldAt, newAt) = (oldAt + 1, newAt + 1);
            }
            for (; oldAt < keptOld; oldAt++)
            {
                changes.Add(new PayloadChange([.. at, new PayloadStep(null, oldAt, -1)], old[oldAt].GetRawText(), null));
            }
            for (; newAt < keptNew; newAt++)
            {
                changes.Add(new PayloadChange([.. at, new PayloadStep(null, -1, newAt)], null, @new[newAt].GetRawText()));
            }
            (oldAt, newAt) = (keptOld + 1, keptNew + 1);
        }
    }

    // A longest common subsequence of old[start..oldEnd] and new[start..newEnd].
    private static List<(int Old, int New)> Kept(JsonElement[] old, JsonElement[] @new, int start, int oldEnd, int newEnd)
    {
        var (rows, columns) = (oldEnd - start, newEnd - start);
        var kept = new List<(int, int)>();
        if (rows == 0 || columns == 0 || (long)rows * columns > MostCells)
        {
            return kept;
        }
        var oldTexts = Array.ConvertAll(old[start..oldEnd], element => element.GetRawText());
        var newTexts = Array.ConvertAll(@new[start..newEnd], element => element.GetRawText());
        var lengths = new int[rows + 1, columns + 1];
        for (var row = rows - 1; row >= 0; row--)
        {
            for (var column = columns - 1; column >= 0; column--)
            {
                lengths[row, column] = oldTexts[row] == newTexts[column]
                    ? lengths[row + 1, column + 1] + 1
                    : Math.Max(lengths[row + 1, column], lengths[row, column + 1]);
            }
        }
        for (var (row, column) = (0, 0); row < rows && column < columns;)
        {
            if (oldTexts[row] == newTexts[column])
            {
                kept.Add((start + row++, start + column++));
            }
            else if (lengths[row + 1, column] >= lengths[row, column + 1])
            {
                row++;
            }
            else
            {
                column++;
            }
        }
        return kept;
    }
}
