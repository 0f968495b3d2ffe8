using AuditConsole.ApiKeys;
using AuditConsole.Core;
using AuditConsole.Demo;
using AuditConsole.Redaction;

namespace AuditConsole.Tests.Redaction;

public sealed class SecretShapesTests
{
    // Put together here, so that no scanner takes this file for a leak.
    private static readonly string Letters40 = string.Concat(Enumerable.Repeat("aB3dE6gH9j", 4));

    public static TheoryData<string, string> Secrets() => new()
    {
        { "private_key", "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----" },
        { "private_key", "-----BEGIN " + "PRIVATE KEY-----\\nMIIEow\\n-----END PRIVATE KEY-----" },
        { "private_key", "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNzaC1rZXk, and cut off" },
        { "private_key", "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----\nlQOY\n-----END PGP PRIVATE KEY BLOCK-----" },
        { "audit_console_key", ApiKeyText.Create() },
        { "jwt", "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9" },
        { "jwt", "eyJ" + "hbGciOiJub25lIn0.eyJ" + "zdWIiOiIxMjM0In0." },
        { "jwt", "eyJ" + "hbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp2ojaHV7LFpZ.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7T.XFBoMYUZodetZdvTiFvSkQ" },
        { "bearer_token", "Authorization: Bearer " + Letters40 },
        { "bearer_token", "bearer " + "9f86d081884c7d659a2feaa0c55ad015" },
        { "basic_auth", "Authorization: Basic " + "QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
        { "basic_auth", "{\"authorization\":\"Basic " + "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\"}" },
        { "password_in_url", "postgres://app:" + "hunter2@db.internal:5432/audit" },
        { "password_in_url", "redis://:" + "s3cr3t@cache:6379" },
        { "password_in_url", "https://ci:" + Letters40 + "@git.example.com/acme/rules.git" },
        { "aws_key", "AKIA" + "IOSFODNN7EXAMPLE" },
        { "aws_key", "credential=ASIA" + "IOSFODNN7EXAMPLE/20260101/eu-west-1/s3" },
        { "aws_secret_key", "aws_secret_access_key = " + Letters40 },
        { "google_key", "AIza" + "SyA1234567890abcdefghijklmnopqrstuv" },
        { "google_key", "ya29." + Letters40 },
        { "azure_key", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=" + string.Concat(Enumerable.Repeat("aB3dE6gH9j", 9))[..86] + "==" },
        { "azure_key", "https://x.blob.core.windows.net/c/f?sv=2024&sig=" + Letters40 + "%3D" },
        { "azure_key", "abc8" + "Q~" + Letters40[..33] },
        { "github_token", "ghp_" + Letters40 },
        { "github_token", "github_pat_" + Letters40 },
        { "gitlab_token", "glpat-" + Letters40[..20] },
        { "slack_token", "xoxb-" + "123456789012-abcdefABCDEF" },
        { "slack_token", "https://hooks.slack.com/" + "services/T00000000/B00000000/" + Letters40[..24] },
        { "stripe_key", "sk_live_" + Letters40[..24] },
        { "stripe_key", "rk_test_" + Letters40[..24] },
        { "package_token", "npm_" + Letters40[..36] },
        { "service_token", "sk-ant-" + Letters40 },
        { "service_token", "hvs." + Letters40 },
    };

    [Theory]
    [MemberData(nameof(Secrets))]
    public void A_known_secret_never_enters_the_log(string rule, string secret)
    {
        foreach (var text in new[] { secret, $"before {secret}", $"({secret})" })
        {
            var (redacted, findings) = Redact(new NewEntry
            {
                Action = "A",
                Actor = new Actor("user", "usr_1"),
                Target = new Resource("T", "t"),
                Reasoning = text,
                Metadata = CanonicalObject.From(new { deep = new[] { new { value = text } } }),
            });
            Assert.Equal([$"/reasoning {rule}", $"/metadata/deep/0/value {rule}"], findings.Select(finding => $"{finding.Path} {finding.Rule}"));
            Assert.Equal("{\"deep\":[{\"value\":{\"$redacted\":\"" + rule + "\"}}]}", redacted.Metadata.ToString());
            Assert.Contains($"[redacted: {rule}]", redacted.Reasoning, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("The bearer of this token is responsible for authentication.")]
    [InlineData("Bearer responsibilities were reassigned to the platform team.")]
    [InlineData("https://example.com:8443/a?b=c@d")]
    [InlineData("https://user@example.com/path")]
    [InlineData("git@github.com:acme/rules.git")]
    [InlineData("postgres://app:***@db.internal/audit")]
    [InlineData("postgres://app:${DB_PASSWORD}@db.internal/audit")]
    [InlineData("see https://a.example/x: mail to ops@example.com")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----")]
    [InlineData("eyJsYXN0IjoxMjN9")]
    [InlineData("Slovakia, Asia, AKIA")]
    [InlineData("the npm_config_registry and pypi-AgE settings")]
    [InlineData("stripe sk_live_ keys are rotated monthly")]
    [InlineData("Basic plan, authorization: basic users only")]
    [InlineData("b867e97557b50a14362312f40c8c2d98d97ee3d86af1ad48305c53a6bca28c62")]
    [InlineData("aud_live_ keys, aud_live_…wxyz")]
    public void What_only_looks_a_little_like_one_is_left_alone(string text)
    {
        var entry = new NewEntry
        {
            Action = "A",
            Actor = new Actor("user", "usr_1", text),
            Target = new Resource("T", "t", text, Metadata: CanonicalObject.From(new Dictionary<string, object?> { [text] = text })),
            UserAgent = text,
            Metadata = CanonicalObject.From(new { text }),
        };
        var (redacted, findings) = Redact(entry);
        Assert.Empty(findings);
        Assert.Same(entry, redacted);
    }

    [Fact]
    public void Every_pattern_matches_only_where_one_of_its_anchors_stands()
    {
        foreach (var (rule, secret) in Secrets().Select(row => ((string)row[0], (string)row[1])))
        {
            var shape = SecretShapes.All.Single(shape => shape.Name == rule);
            var (index, length) = ValueRule.Of(shape, seals: false).Find(secret).First();
            Assert.True(shape.Anchors.Any(anchor => secret.Contains(anchor, StringComparison.Ordinal)), secret);
            Assert.InRange(length, 3, secret.Length - index);
        }
        Assert.All(SecretShapes.All, shape => Assert.All(shape.Anchors, anchor =>
            Assert.True(anchor.Length >= 3 && !anchor.AsSpan().ContainsAny("\"\\") && !anchor.Any(char.IsControl), anchor)));
        Assert.All(SecretShapes.All, shape => Assert.Contains(Secrets(), row => (string)row[0] == shape.Name));
    }

    [Fact]
    public void The_activity_of_the_demo_passes_untouched()
    {
        var now = new DateTimeOffset(2026, 11, 22, 15, 7, 3, 250, TimeSpan.Zero);
        var world = DemoWorld.Make(DemoWorld.Acme(20_000), 1, now, now.AddMonths(-24).AddDays(2));
        Assert.Equal(17, world.Entries.Select(entry => entry.Action).Distinct().Count());
        Assert.All(world.Entries, entry => Assert.Same(entry, Redact(entry).Entry));
    }

    private static (NewEntry Entry, IReadOnlyList<Finding> Findings) Redact(NewEntry entry) =>
        EntryRedactor.Apply(RuleSet.Default, entry, (_, _, _) => throw new InvalidOperationException("Nothing seals by default."));
}
