namespace AuditConsole.EventTypes;

/// <summary>A row of two texts beside each other.</summary>
/// <param name="Left">The older text's line; null where there is none.</param>
/// <param name="Right">The newer text's line; null where there is none.</param>
public readonly record struct DiffRow(string? Left, string? Right)
{
    /// <summary>Whether the two are the same line.</summary>
    public bool IsSame => Left is not null && Right is not null;
}

/// <summary>Puts two texts beside each other, line by line, with as few changes as there can be.</summary>
internal static class LineDiff
{
    // The table grows with the product of both lengths; longer texts are shown one after the other.
    private const int MaxLines = 2000;

    /// <summary>The rows; a changed line is one that went and one that came.</summary>
    public static IReadOnlyList<DiffRow> Of(string older, string newer)
    {
        var (left, right) = (older.Split('\n'), newer.Split('\n'));
        if (left.Length > MaxLines || right.Length > MaxLines)
        {
            return [.. left.Select(line => new DiffRow(line, null)), .. right.Select(line => new DiffRow(null, line))];
        }
        var common = new int[left.Length + 1, right.Length + 1];
        for (var i = left.Length - 1; i >= 0; i--)
        {
            for (var j = right.Length - 1; j >= 0; j--)
            {
                common[i, j] = left[i] == right[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }
        var rows = new List<DiffRow>();
        var (at, to) = (0, 0);
        while (at < left.Length || to < right.Length)
        {
            if (at < left.Length && to < right.Length && left[at] == right[to])
            {
                rows.Add(new DiffRow(left[at++], right[to++]));
            }
            else if (to >= right.Length || (at < left.Length && common[at + 1, to] >= common[at, to + 1]))
            {
                rows.Add(new DiffRow(left[at++], null));
            }
            else
            {
                rows.Add(new DiffRow(null, right[to++]));
            }
        }
        return rows;
    }
}
