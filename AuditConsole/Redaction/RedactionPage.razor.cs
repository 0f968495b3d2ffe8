using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Redaction;

/// <summary>Where Admins say what must not enter the log.</summary>
public sealed partial class RedactionPage : AdminPage
{
    private const string SamplePlaceholder = """{ "user": { "email": "ada@example.com", "ssn": "123-45-6789" } }""";

    private int _drawn;

    [Inject]
    private RedactionService Service { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageRedaction;

    private IReadOnlyList<RuleRow> Rules { get; set; } = [];

    private IEnumerable<RuleRow> BuiltIn => Rules.Where(rule => rule.Kind == RuleKind.BuiltIn);

    private IEnumerable<RuleRow> Own => Rules.Where(rule => rule.Kind != RuleKind.BuiltIn);

    private string NewName { get; set; } = "";

    private RuleKind NewKind { get; set; } = RuleKind.Pattern;

    private RuleAct NewAct { get; set; } = RuleAct.Redact;

    private string NewExpression { get; set; } = "";

    private string Sample { get; set; } = "";

    private TrialResult? Tried { get; set; }

    private RuleDraft Draft => new(NewName, NewKind, NewExpression, NewAct);

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        Rules = await Service.ListAsync(userId, Member?.TenantSlug, Gone);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        (Rules, Tried, Sample) = ([], null, "");
    }

    private async Task AddAsync()
    {
        var draft = Draft;
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.AddAsync(userId, Member?.TenantSlug, draft, client, Gone);
        });
        if (done)
        {
            Done = $"The rule {draft.Name.Trim()} is on: it holds for what is recorded from now on.";
            (NewName, NewExpression, Tried) = ("", "", null);
        }
    }

    private async Task TryAsync()
    {
        Tried = null;
        await ActAsync(async () =>
        {
            var (userId, _) = await WhoAsync();
            // A rule that is being written is tried with the others; its name can come later.
            var draft = NewExpression.Length == 0 ? null : NewName.Trim().Length == 0 ? Draft with { Name = "this-rule" } : Draft;
            Tried = await Service.TryAsync(userId, Member?.TenantSlug, Sample, draft, Gone);
        });
    }

    private async Task SetAsync(RuleRow rule, ChangeEventArgs change)
    {
        var act = Enum.Parse<RuleAct>((string)change.Value!);
        if (act == RuleAct.Off
            && !await ConfirmAsync("Turn this rule off?", $"What “{rule.Name}” finds enters the log as it is from then on, and can’t be taken out of identifiers later.", "Turn off"))
        {
            // The browser shows what was chosen, and nothing that was drawn has changed: draw it anew.
            _drawn++;
            return;
        }
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.SetAsync(userId, Member?.TenantSlug, rule.Name, act, client, Gone);
        });
        _drawn++;
        if (done)
        {
            Done = act switch
            {
                RuleAct.Off => $"The rule {rule.Name} is off.",
                RuleAct.Seal => $"The rule {rule.Name} seals what it finds from now on.",
                _ => $"The rule {rule.Name} redacts what it finds from now on.",
            };
        }
    }

    private async Task RemoveAsync(RuleRow rule)
    {
        if (!await ConfirmAsync("Remove this rule?", $"What “{rule.Name}” finds enters the log as it is from then on. What it took out of entries stays out.", "Remove"))
        {
            return;
        }
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.RemoveAsync(userId, Member?.TenantSlug, rule.Name, client, Gone);
        });
        if (done)
        {
            Done = $"The rule {rule.Name} is removed.";
        }
    }
}
