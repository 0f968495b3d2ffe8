using System.Globalization;
using System.Text.RegularExpressions;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Ingest;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.Redaction;

/// <summary>A rule, built in or the tenant's own, as the page shows it.</summary>
/// <param name="Name">What stands in entries.</param>
/// <param name="Kind">How it finds.</param>
/// <param name="Description">What it finds: a sentence for a built-in rule, else the expression.</param>
/// <param name="Act">What it does.</param>
/// <param name="Caught">How many values it found in the last <see cref="RedactionService.CountedDays"/> days.</param>
public sealed record RuleRow(string Name, RuleKind Kind, string Description, RuleAct Act, long Caught);

/// <summary>A rule that is about to be added.</summary>
/// <param name="Name">What will stand in entries.</param>
/// <param name="Kind">Pattern or path.</param>
/// <param name="Expression">The regular expression or path.</param>
/// <param name="Act">Redact or seal.</param>
public sealed record RuleDraft(string Name, RuleKind Kind, string Expression, RuleAct Act);

/// <summary>What the rules make of a sample.</summary>
/// <param name="Text">The sample as it would be recorded.</param>
/// <param name="Findings">What was found, each as <c>rule at /path</c>.</param>
public sealed record TrialResult(string Text, IReadOnlyList<string> Findings);

/// <summary>A tenant's rules for what must not enter its log. Each change is an entry, <c>RedactionRulesChanged</c>.</summary>
public sealed partial class RedactionService(
    IDbContextFactory<ConsoleDbContext> contexts, IMemberDirectory directory, ServiceEntries entries, RedactionDirectory rules,
    RedactionCounts counts, TimeProvider clock)
{
    /// <summary>How far back the page counts.</summary>
    public const int CountedDays = 30;

    /// <summary>The most own rules of a tenant: each pattern looks at every text.</summary>
    public const int MaxOwn = 50;

    /// <summary>The most characters of a regular expression.</summary>
    public const int MaxPattern = 500;

    /// <summary>The most characters of a sample.</summary>
    public const int MaxSample = 100_000;

    /// <summary>All rules, the built-in ones first.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    public async Task<IReadOnlyList<RuleRow>> ListAsync(string userId, string? tenantSlug, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageRedaction, cancellationToken);
        var stored = await StoredAsync(admin.Tenant, cancellationToken);
        var caught = await counts.SinceAsync(admin.Tenant, counts.Today - CountedDays + 1, cancellationToken);
        var acts = stored.Where(rule => rule.Kind == RuleKind.BuiltIn).ToDictionary(rule => rule.Name, rule => rule.Act);
        return
        [
            .. SecretShapes.All.Select(shape => new RuleRow(
                shape.Name, RuleKind.BuiltIn, shape.Title, acts.GetValueOrDefault(shape.Name, RuleAct.Redact), caught.GetValueOrDefault(shape.Name))),
            .. stored.Where(rule => rule.Kind != RuleKind.BuiltIn).OrderBy(rule => rule.Name, StringComparer.Ordinal).Select(rule => new RuleRow(
                rule.Name, rule.Kind, rule.Expression, rule.Act, caught.GetValueOrDefault(rule.Name))),
        ];
    }

    /// <summary>Adds a rule of the tenant's own.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">Name or expression is unfit; the message says why.</exception>
    public async Task AddAsync(string userId, string? tenantSlug, RuleDraft draft, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageRedaction, cancellationToken);
        draft = Check(draft);
        await ChangeAsync(admin, client, "added", draft.Name, draft.Kind, draft.Expression, null, draft.Act, context =>
        {
            if (context.RedactionRules.Any(rule => rule.TenantNumber == admin.Tenant && rule.Name == draft.Name))
            {
                throw new RefusedException($"There is a rule {draft.Name} already. Choose another name.");
            }
            if (context.RedactionRules.Count(rule => rule.TenantNumber == admin.Tenant && rule.Kind != RuleKind.BuiltIn) >= MaxOwn)
            {
                throw new RefusedException($"The account has {MaxOwn} rules of its own, which are the most. Remove one, or join two.");
            }
            context.RedactionRules.Add(NewRow(admin, draft));
        }, cancellationToken);
    }

    /// <summary>Sets what a rule does.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such rule.</exception>
    public async Task SetAsync(string userId, string? tenantSlug, string name, RuleAct act, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageRedaction, cancellationToken);
        var known = await FindAsync(admin.Tenant, name, cancellationToken);
        if (known.Act == act)
        {
            return;
        }
        await ChangeAsync(admin, client, "changed", name, known.Kind, known.Expression, known.Act, act, context =>
        {
            if (context.RedactionRules.SingleOrDefault(rule => rule.TenantNumber == admin.Tenant && rule.Name == name) is { } row)
            {
                (row.Act, row.ChangedAt, row.ChangedBy) = (act, clock.GetUtcNow(), admin.UserId);
            }
            else
            {
                context.RedactionRules.Add(NewRow(admin, known with { Act = act }));
            }
        }, cancellationToken);
    }

    /// <summary>Removes a rule of the tenant's own. What it took out stays out.</summary>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">There is no such rule.</exception>
    public async Task RemoveAsync(string userId, string? tenantSlug, string name, Client client, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageRedaction, cancellationToken);
        var known = await FindAsync(admin.Tenant, name, cancellationToken);
        if (known.Kind == RuleKind.BuiltIn)
        {
            throw new RefusedException("A built-in rule can be turned off, not removed.");
        }
        await ChangeAsync(admin, client, "removed", name, known.Kind, known.Expression, known.Act, null, context =>
            context.RedactionRules.Remove(context.RedactionRules.SingleOrDefault(rule => rule.TenantNumber == admin.Tenant && rule.Name == name) ?? throw Unknown()),
            cancellationToken);
    }

    /// <summary>Shows what the tenant's rules, and one that is about to be added, make of a sample. Nothing is kept.</summary>
    /// <param name="userId">The signed-in person.</param>
    /// <param name="tenantSlug">The tenant.</param>
    /// <param name="sample">An entry, a metadata object, or plain text.</param>
    /// <param name="draft">The rule that is about to be added; null to try those that are.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="AccessDeniedException">The person isn't Admin there.</exception>
    /// <exception cref="RefusedException">The rule or the sample is unfit; the message says why.</exception>
    public async Task<TrialResult> TryAsync(string userId, string? tenantSlug, string sample, RuleDraft? draft, CancellationToken cancellationToken)
    {
        var admin = await directory.RequireAsync(userId, tenantSlug, Permission.ManageRedaction, cancellationToken);
        if (sample.Length > MaxSample)
        {
            throw new RefusedException(string.Create(CultureInfo.InvariantCulture, $"The sample has more than {MaxSample:N0} characters."));
        }
        var stored = await StoredAsync(admin.Tenant, cancellationToken);
        if (draft is not null)
        {
            stored.Add(NewRow(admin, Check(draft)));
        }
        return RedactionTrial.Run(RuleSet.Of(stored), sample);
    }

    /// <summary>The draft without surrounding blanks.</summary>
    /// <exception cref="RefusedException">It is unfit.</exception>
    internal static RuleDraft Check(RuleDraft draft)
    {
        draft = draft with { Name = draft.Name.Trim(), Expression = draft.Kind == RuleKind.Path ? draft.Expression.Trim() : draft.Expression };
        if (!NamePattern().IsMatch(draft.Name) || SecretShapes.All.Any(shape => shape.Name == draft.Name))
        {
            throw new RefusedException("A rule's name has 1 to 64 characters, a–z, 0–9, _ and -, and is none of the built-in ones: it stands in entries as {\"$redacted\":\"name\"}.");
        }
        if (draft.Act == RuleAct.Off || draft.Kind == RuleKind.BuiltIn)
        {
            throw new RefusedException("A rule redacts or seals.");
        }
        var refusal = draft.Kind == RuleKind.Path
            ? RedactionPath.TryParse(draft.Expression, out _, out var wrong) ? null : wrong
            : FindRefusal(draft.Expression);
        return refusal is null ? draft : throw new RefusedException(refusal);
    }

    private static string? FindRefusal(string pattern)
    {
        if (pattern.Length is 0 or > MaxPattern)
        {
            return $"A pattern has 1 to {MaxPattern} characters.";
        }
        try
        {
            return SecretShapes.Compile(pattern).IsMatch("") ? "The pattern matches the empty text, and so everything. Make it ask for at least one character." : null;
        }
        catch (NotSupportedException refused)
        {
            return refused.Message.Contains("automata", StringComparison.Ordinal)
                ? "The pattern is too large: make its counted repetitions ({n,m}) smaller."
                : "Patterns run without backtracking, so that no text can stall the log: lookahead, lookbehind, backreferences, atomic groups and conditions can't be used.";
        }
        catch (RegexParseException fault)
        {
            return string.Create(CultureInfo.InvariantCulture, $"The pattern is no regular expression: {fault.Error} at character {fault.Offset}.");
        }
    }

    private async Task ChangeAsync(
        Member admin, Client client, string change, string name, RuleKind kind, string expression, RuleAct? before, RuleAct? after,
        Action<ConsoleDbContext> apply, CancellationToken cancellationToken)
    {
        var facts = new Dictionary<string, object?> { ["change"] = change, ["rule"] = name, ["kind"] = Wire(kind) };
        if (expression.Length > 0)
        {
            facts["expression"] = expression;
        }
        if (before is { } was)
        {
            facts["from"] = Wire(was);
        }
        if (after is { } now)
        {
            facts["to"] = Wire(now);
        }
        await entries.AppendAsync(
            admin.Tenant, admin.TenantId, Acting.As(admin, client), "RedactionRulesChanged",
            new Resource("Tenant", admin.TenantId.ToString(), admin.TenantSlug, Name: admin.TenantName), facts, apply, cancellationToken);
        rules.Clear();
    }

    private async Task<RuleDraft> FindAsync(int tenant, string name, CancellationToken cancellationToken)
    {
        var stored = (await StoredAsync(tenant, cancellationToken)).Find(rule => rule.Name == name);
        return stored is not null ? new RuleDraft(name, stored.Kind, stored.Expression, stored.Act)
            : SecretShapes.All.Any(shape => shape.Name == name) ? new RuleDraft(name, RuleKind.BuiltIn, "", RuleAct.Redact)
            : throw Unknown();
    }

    private async Task<List<RedactionRule>> StoredAsync(int tenant, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.RedactionRules.AsNoTracking().Where(rule => rule.TenantNumber == tenant).ToListAsync(cancellationToken);
    }

    private RedactionRule NewRow(Member admin, RuleDraft draft) => new()
    {
        Id = RandomText.NewRuleId(),
        TenantNumber = admin.Tenant,
        Name = draft.Name,
        Kind = draft.Kind,
        Expression = draft.Expression,
        Act = draft.Act,
        ChangedAt = clock.GetUtcNow(),
        ChangedBy = admin.UserId,
    };

    private static string Wire(RuleKind kind) => kind switch { RuleKind.BuiltIn => "built_in", RuleKind.Pattern => "pattern", _ => "path" };

    private static string Wire(RuleAct act) => act switch { RuleAct.Off => "off", RuleAct.Redact => "redact", _ => "seal" };

    private static RefusedException Unknown() => new("There is no such rule any more. Look again.");

    [GeneratedRegex(@"^[a-z0-9_-]{1,64}\z")]
    private static partial Regex NamePattern();
}
