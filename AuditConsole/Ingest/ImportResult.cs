namespace AuditConsole.Ingest;

/// <summary>A line of an imported file that can't be taken.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Field">The field's place in it; empty for the whole line.</param>
/// <param name="Message">What is wrong, a sentence without the field's name at its start.</param>
public sealed record LineProblem(long Line, string Field, string Message)
{
    /// <summary>As <c>line 17: actor.id is missing</c>.</summary>
    public override string ToString() => Field.Length == 0 ? $"line {Line}: {Message}" : $"line {Line}: {Field} {Message}";
}

/// <summary>How far an import is.</summary>
/// <param name="Writing">False while the file is checked, true while its entries are appended.</param>
/// <param name="Lines">Lines with an entry that were read.</param>
/// <param name="PerSecond">Lines a second since this phase began.</param>
/// <param name="Percent">Of the file's bytes.</param>
public sealed record ImportProgress(bool Writing, long Lines, double PerSecond, double Percent);

/// <summary>What an import did.</summary>
public sealed record ImportResult
{
    /// <summary>The first things that are wrong; if there are any, nothing was written.</summary>
    public IReadOnlyList<LineProblem> Problems { get; init; } = [];

    /// <summary>How many things are wrong, of which <see cref="Problems"/> lists the first.</summary>
    public long ProblemCount { get; init; }

    /// <summary>How many of them are nothing but an entry that retention has ended for.</summary>
    public long ExpiredLines { get; init; }

    /// <summary>Entries that were appended.</summary>
    public long Appended { get; init; }

    /// <summary>Entries that an earlier run of the same file had appended.</summary>
    public long AlreadyThere { get; init; }

    /// <summary>Expired entries that were left out, as was asked.</summary>
    public long Skipped { get; init; }

    /// <summary>Who stands in the entries as their writer: <c>import:…</c>.</summary>
    public string RecordedBy { get; init; } = "";
}
