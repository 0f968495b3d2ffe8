namespace AuditConsole.Verify.Reports;

/// <summary>What the files prove. The numbers are the program's exit codes.</summary>
public enum Verdict
{
    /// <summary>Everything that was given holds, and the given key signed it.</summary>
    Proved = 0,

    /// <summary>Something was changed, removed, inserted or made up.</summary>
    NotProved = 1,

    /// <summary>It could not be told: no key, another key, a file that can't be read, rows that can't be checked any more.</summary>
    Unknown = 2,
}

/// <summary>What a finding means for the verdict.</summary>
public enum Severity
{
    /// <summary>Worth knowing; proved all the same.</summary>
    Note,

    /// <summary>Something could not be told.</summary>
    Doubt,

    /// <summary>Something does not hold.</summary>
    Fault,
}

/// <summary>One thing that was found.</summary>
/// <param name="Severity">What it means for the verdict.</param>
/// <param name="Code">For programs: lower case with underscores.</param>
/// <param name="Message">For people: a sentence or two.</param>
/// <param name="Sequence">The entry in question.</param>
/// <param name="Row">The row of the exported file, from 1, without the header.</param>
/// <param name="Columns">The columns or fields that were changed.</param>
public sealed record Finding(
    Severity Severity, string Code, string Message, long? Sequence = null, long? Row = null, IReadOnlyList<string>? Columns = null);

/// <summary>All that was found, in the order in which it was.</summary>
public sealed class Report
{
    /// <summary>1,000: the most findings of one code that are kept; all are counted.</summary>
    public const int MostOfOneCode = 1000;

    private readonly List<Finding> _findings = [];
    private readonly Dictionary<string, long> _found = [];
    private readonly Dictionary<string, long> _counts = [];
    private readonly List<(string Name, string Value)> _facts = [];

    /// <summary>The findings that were kept.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>How many findings of each code there were.</summary>
    public IReadOnlyDictionary<string, long> Found => _found;

    /// <summary>Rows, entries and places by what became of them: <c>rows_proved</c>, <c>entries</c>, <c>withheld</c>, …</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>What was looked at: file, tenant, checkpoint, signer.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts => _facts;

    /// <summary>What follows if the verdict is <see cref="Verdict.Proved"/>: sentences.</summary>
    public List<string> Proved { get; } = [];

    /// <summary>What has not been proved, even so: sentences.</summary>
    public List<string> Limits { get; } = [];

    /// <summary>The worst of the findings.</summary>
    public Verdict Verdict { get; private set; }

    /// <summary>Whether nothing speaks against it so far.</summary>
    public bool HasFault => Verdict == Verdict.NotProved;

    /// <summary>Adds a finding.</summary>
    public void Add(Finding finding)
    {
        _found[finding.Code] = _found.GetValueOrDefault(finding.Code) + 1;
        if (_found[finding.Code] <= MostOfOneCode)
        {
            _findings.Add(finding);
        }
        Verdict = (finding.Severity, Verdict) switch
        {
            (Severity.Fault, _) => Verdict.NotProved,
            (Severity.Doubt, Verdict.Proved) => Verdict.Unknown,
            _ => Verdict,
        };
    }

    /// <summary>Something does not hold.</summary>
    public void Fault(string code, string message, long? sequence = null, long? row = null, IReadOnlyList<string>? columns = null) =>
        Add(new Finding(Severity.Fault, code, message, sequence, row, columns));

    /// <summary>Something could not be told.</summary>
    public void Doubt(string code, string message, long? sequence = null, long? row = null) =>
        Add(new Finding(Severity.Doubt, code, message, sequence, row));

    /// <summary>Something that is worth knowing.</summary>
    public void Note(string code, string message, long? sequence = null, long? row = null) =>
        Add(new Finding(Severity.Note, code, message, sequence, row));

    /// <summary>Counts one or more.</summary>
    public void Count(string what, long more = 1) => _counts[what] = _counts.GetValueOrDefault(what) + more;

    /// <summary>Says what was looked at.</summary>
    public void Fact(string name, string value) => _facts.Add((name, value));
}
