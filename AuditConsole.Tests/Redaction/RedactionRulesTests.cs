using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Redaction;
using AuditConsole.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Redaction;

/// <summary>A tenant's own rules.</summary>
public sealed class RedactionRulesTests(ProducerFixture fixture) : IClassFixture<ProducerFixture>
{
    private RedactionService Rules => fixture.Console.Services.GetRequiredService<RedactionService>();

    [Fact]
    public async Task An_own_pattern_and_path_hold_at_once_for_their_tenant_alone_and_are_recorded_and_counted()
    {
        using var producer = await fixture.NewAsync();
        using var other = await fixture.NewAsync();
        var admin = await AdminAsync(producer);
        const string Body = ""","reasoning":"SSN 123-45-6789 given","metadata":{"n":"123-45-6789","user":{"name":"Ada","pets":[{"name":"Rex"},{"name":"Tom"}]},"tel":5551234567}""";
        await Rules.AddAsync(admin, producer.Tenant.Slug, new("ssn", RuleKind.Pattern, @"\b\d{3}-\d{2}-\d{4}\b", RuleAct.Redact), Client.Unknown, default);
        await Rules.AddAsync(admin, producer.Tenant.Slug, new("tel", RuleKind.Pattern, "^555[0-9]{7}$", RuleAct.Redact), Client.Unknown, default);
        await Rules.AddAsync(admin, producer.Tenant.Slug, new("pets", RuleKind.Path, "/metadata/user/pets/*/name", RuleAct.Redact), Client.Unknown, default);
        var stored = (await SendAsync(producer, Body)).Content;
        Assert.Equal(
            """{"n":{"$redacted":"ssn"},"tel":{"$redacted":"tel"},"user":{"name":"Ada","pets":[{"name":{"$redacted":"pets"}},{"name":{"$redacted":"pets"}}]}}""",
            stored.Metadata.ToString());
        Assert.Equal("SSN [redacted: ssn] given", stored.Reasoning);
        Assert.Contains("Rex", (await SendAsync(other, Body)).Content.Metadata.ToString(), StringComparison.Ordinal);

        var rows = await Rules.ListAsync(admin, producer.Tenant.Slug, default);
        Assert.Equal([("pets", 2L), ("ssn", 2L), ("tel", 1L)], rows.Where(row => row.Kind != RuleKind.BuiltIn).Select(row => (row.Name, row.Caught)));
        await Rules.RemoveAsync(admin, producer.Tenant.Slug, "ssn", Client.Unknown, default);
        Assert.Equal("SSN 123-45-6789 given", (await SendAsync(producer, Body)).Content.Reasoning);
        var changes = new List<string>();
        for (var sequence = 2L; sequence <= await producer.CountAsync(); sequence++)
        {
            var entry = await FindAsync(producer, sequence);
            if (entry.Content.Action == "RedactionRulesChanged")
            {
                changes.Add(entry.Content.Metadata.ToString());
            }
        }
        Assert.Equal(
            [
                """{"change":"added","expression":"\\b\\d{3}-\\d{2}-\\d{4}\\b","kind":"pattern","rule":"ssn","to":"redact"}""",
                """{"change":"added","expression":"^555[0-9]{7}$","kind":"pattern","rule":"tel","to":"redact"}""",
                """{"change":"added","expression":"/metadata/user/pets/*/name","kind":"path","rule":"pets","to":"redact"}""",
                """{"change":"removed","expression":"\\b\\d{3}-\\d{2}-\\d{4}\\b","from":"redact","kind":"pattern","rule":"ssn"}""",
            ],
            changes);
    }

    [Fact]
    public async Task A_built_in_rule_can_be_turned_off_and_on_again()
    {
        using var producer = await fixture.NewAsync();
        var admin = await AdminAsync(producer);
        const string Body = ""","reasoning":"postgres://app:hunter2@db/x" """;
        await Rules.SetAsync(admin, producer.Tenant.Slug, "password_in_url", RuleAct.Off, Client.Unknown, default);
        Assert.Equal("postgres://app:hunter2@db/x", (await SendAsync(producer, Body)).Content.Reasoning);
        await Rules.SetAsync(admin, producer.Tenant.Slug, "password_in_url", RuleAct.Redact, Client.Unknown, default);
        Assert.Equal("postgres://app:[redacted: password_in_url]@db/x", (await SendAsync(producer, Body)).Content.Reasoning);
    }

    [Theory]
    [InlineData(RuleKind.Pattern, "(a+)+\\1", "backreferences")]
    [InlineData(RuleKind.Pattern, "(?=x)y", "lookahead")]
    [InlineData(RuleKind.Pattern, "(?<!x)y", "lookbehind")]
    [InlineData(RuleKind.Pattern, "(?>x)y", "atomic")]
    [InlineData(RuleKind.Pattern, "(", "no regular expression")]
    [InlineData(RuleKind.Pattern, "x*", "empty text")]
    [InlineData(RuleKind.Pattern, "", "1 to 500")]
    [InlineData(RuleKind.Pattern, "((a{1,999}){1,999}){1,999}", "too large")]
    [InlineData(RuleKind.Path, "metadata/x", "begins with /")]
    [InlineData(RuleKind.Path, "/metadata//x", "between two slashes")]
    [InlineData(RuleKind.Path, "/metadata/a~2", "~1 for a slash")]
    [InlineData(RuleKind.Path, "/actor/id", "identify the entry")]
    [InlineData(RuleKind.Path, "/ip", "identify the entry")]
    [InlineData(RuleKind.Path, "/reasoning/x", "Only metadata")]
    [InlineData(RuleKind.Path, "/metadata/**", "any depth")]
    public void What_can_not_run_in_linear_time_or_names_no_place_is_refused_with_the_reason(RuleKind kind, string expression, string why)
    {
        var refused = Assert.Throws<RefusedException>(() => RedactionService.Check(new("rule", kind, expression, RuleAct.Redact)));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("SSN")]
    [InlineData("a\"b")]
    [InlineData("")]
    public void A_rules_name_must_be_fit_to_stand_in_entries(string name) =>
        Assert.Throws<RefusedException>(() => RedactionService.Check(new(name, RuleKind.Pattern, "x", RuleAct.Redact)));

    [Theory]
    [InlineData("/metadata", """{"$redacted":"p"}""")]
    [InlineData("/metadata/a/b", """{"a":{"b":{"$redacted":"p"}},"l":[[{"b":2}],{"b":[3]}],"s/~":{"b":4}}""")]
    [InlineData("/metadata/**/b", """{"a":{"b":{"$redacted":"p"}},"l":[[{"b":{"$redacted":"p"}}],{"b":{"$redacted":"p"}}],"s/~":{"b":{"$redacted":"p"}}}""")]
    [InlineData("/metadata/l/*", """{"a":{"b":1},"l":[{"$redacted":"p"},{"$redacted":"p"}],"s/~":{"b":4}}""")]
    [InlineData("/metadata/l/0/*/b", """{"a":{"b":1},"l":[[{"b":{"$redacted":"p"}}],{"b":[3]}],"s/~":{"b":4}}""")]
    [InlineData("/metadata/s~1~0", """{"a":{"b":1},"l":[[{"b":2}],{"b":[3]}],"s/~":{"$redacted":"p"}}""")]
    [InlineData("/metadata/b", """{"a":{"b":1},"l":[[{"b":2}],{"b":[3]}],"s/~":{"b":4}}""")]
    [InlineData("/target/metadata/a", """{"a":{"b":1},"l":[[{"b":2}],{"b":[3]}],"s/~":{"b":4}}""")]
    public void A_path_finds_what_it_names_and_nothing_else(string path, string expected)
    {
        using var metadata = System.Text.Json.JsonDocument.Parse("""{"a":{"b":1},"l":[[{"b":2}],{"b":[3]}],"s/~":{"b":4}}""");
        var entry = new NewEntry { Action = "A", Actor = new Actor("u", "1"), Target = new Resource("T", "t"), Metadata = CanonicalObject.From(metadata.RootElement) };
        var rules = RuleSet.Of([new RedactionRule { Id = "1", Name = "p", Kind = RuleKind.Path, Expression = path, Act = RuleAct.Redact, ChangedBy = "console" }]);
        Assert.Equal(expected, EntryRedactor.Apply(rules, entry, (_, _, _) => throw new InvalidOperationException()).Entry.Metadata.ToString());
    }

    [Fact]
    public async Task A_sample_shows_what_would_be_recorded_and_changes_nothing()
    {
        using var producer = await fixture.NewAsync();
        var admin = await AdminAsync(producer);
        var before = await producer.CountAsync();
        var draft = new RuleDraft("ssn", RuleKind.Path, "/metadata/user/ssn", RuleAct.Seal);
        var json = await Rules.TryAsync(admin, producer.Tenant.Slug, """{"user":{"ssn":"1"},"url":"redis://:pw1@h/"}""", draft, default);
        Assert.Equal(["password_in_url at /metadata/url", "ssn at /metadata/user/ssn (sealed)"], json.Findings);
        Assert.Contains("\"$sealed\":", json.Text, StringComparison.Ordinal);
        var text = await Rules.TryAsync(admin, producer.Tenant.Slug, "redis://:pw1@h/", null, default);
        Assert.Equal("redis://:[redacted: password_in_url]@h/", text.Text);
        var entry = await Rules.TryAsync(admin, producer.Tenant.Slug, Bodies.Entry(extra: ""","metadata":{"user":{"ssn":"1"}}"""), draft, default);
        Assert.Equal(["ssn at /metadata/user/ssn (sealed)"], entry.Findings);
        Assert.Contains("reading stopped", (await Assert.ThrowsAsync<RefusedException>(() => Rules.TryAsync(admin, producer.Tenant.Slug, "{,", null, default))).Message, StringComparison.Ordinal);
        Assert.Equal(before, await producer.CountAsync());
    }

    [Fact]
    public async Task Rules_are_an_admins_and_of_one_tenant()
    {
        using var producer = await fixture.NewAsync();
        using var other = await fixture.NewAsync();
        var admin = await AdminAsync(producer);
        var auditor = (await fixture.Console.AddUserAsync(producer.Tenant, Role.Auditor)).Id;
        await Assert.ThrowsAsync<AccessDeniedException>(() => Rules.ListAsync(auditor, producer.Tenant.Slug, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => Rules.SetAsync(auditor, producer.Tenant.Slug, "jwt", RuleAct.Off, Client.Unknown, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => Rules.SetAsync(admin, other.Tenant.Slug, "jwt", RuleAct.Off, Client.Unknown, default));
    }

    private async Task<string> AdminAsync(Producer producer) => (await fixture.Console.AddUserAsync(producer.Tenant, Role.Admin)).Id;

    private static async Task<AuditEntry> SendAsync(Producer producer, string extra)
    {
        var answer = await producer.SendAsync(Bodies.Entry(extra: extra));
        Assert.True(answer.Status == 201, answer.Body);
        return await FindAsync(producer, answer.Places[0].Sequence);
    }

    private static async Task<AuditEntry> FindAsync(Producer producer, long sequence) =>
        (await producer.Store.FindAsync(new(producer.Tenant.Number, producer.Tenant.Id, DateTimeOffset.UnixEpoch), sequence, CancellationToken.None))!;
}
