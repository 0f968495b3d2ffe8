using System.Text.Json.Nodes;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.S3;
using AuditConsole.Tests.Streams.Formats;
using Microsoft.Extensions.Options;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>What becomes of the answers of S3, and of settings that can't hold.</summary>
public sealed class S3AnswerTests(S3Stub stub) : IClassFixture<S3Stub>
{
    private static readonly S3Kind Kind = new(Options.Create(new AwsOptions
    {
        Principal = "arn:aws:iam::123456789012:user/audit-console",
        AccessKeyId = "AKIA0000000000000000",
        SecretAccessKey = "own secret",
    }));

    [Theory]
    [InlineData(403, "InvalidAccessKeyId", DeliveryVerdict.Stop, "access_key_id", "doesn't know")]
    [InlineData(403, "SignatureDoesNotMatch", DeliveryVerdict.Stop, "secret_access_key", "doesn't belong")]
    [InlineData(403, "AccessDenied", DeliveryVerdict.Stop, "access_key_id", "may not write to s3://acme-logs/audit-log")]
    [InlineData(403, "RequestTimeTooSkewed", DeliveryVerdict.Retry, null, "clock of this server")]
    [InlineData(400, "ExpiredToken", DeliveryVerdict.Stop, "access_key_id", "have ended")]
    [InlineData(404, "NoSuchBucket", DeliveryVerdict.Stop, "bucket", "no bucket acme-logs")]
    [InlineData(301, "PermanentRedirect", DeliveryVerdict.Stop, "region", "another region")]
    [InlineData(400, "EntityTooLarge", DeliveryVerdict.TooLarge, null, "this size")]
    [InlineData(400, "BadDigest", DeliveryVerdict.Retry, null, "damaged")]
    [InlineData(503, "SlowDown", DeliveryVerdict.Retry, null, "slow down")]
    [InlineData(500, "InternalError", DeliveryVerdict.Retry, null, "trouble of its own")]
    [InlineData(400, "KMS.DisabledException", DeliveryVerdict.Stop, "kms_key", "KMS key")]
    [InlineData(400, "InvalidRequest", DeliveryVerdict.Stop, "region", "doesn't take objects")]
    [InlineData(410, "Gone", DeliveryVerdict.Retry, null, "410")]
    public async Task An_error_becomes_a_verdict_a_field_and_words(int status, string code, DeliveryVerdict verdict, string? field, string words)
    {
        stub.Next.Enqueue(S3Stub.Error(status, code));
        var outcome = await SendAsync();
        Assert.Equal((verdict, field, status), (outcome.Verdict, outcome.Field, outcome.Status));
        Assert.Contains(words, outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_knows_no_objects_is_told()
    {
        // To the first it is sent again without conditions, which Swift doesn't know.
        stub.Next.Enqueue(new StubAnswer(501));
        stub.Next.Enqueue(new StubAnswer(501));
        var outcome = await SendAsync();
        Assert.Equal((DeliveryVerdict.Stop, "region", 501), (outcome.Verdict, outcome.Field, outcome.Status));
        Assert.Contains("doesn't take objects", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_region_is_told_with_the_right_one()
    {
        stub.Next.Enqueue(S3Stub.Error(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'eu-central-1'"));
        var outcome = await SendAsync();
        Assert.Equal((DeliveryVerdict.Stop, "region"), (outcome.Verdict, outcome.Field));
        Assert.Contains("is in the region eu-central-1", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_knows_no_conditions_is_sent_the_object_without()
    {
        stub.Next.Enqueue(S3Stub.Error(501, "NotImplemented"));
        Assert.Equal(DeliveryVerdict.Delivered, (await SendAsync()).Verdict);
    }

    [Theory]
    [InlineData(200, AlreadyThere.Other, DeliveryVerdict.BadData, 0)]
    [InlineData(404, AlreadyThere.No, DeliveryVerdict.Delivered, 1)]
    public async Task Without_conditions_what_must_never_be_replaced_is_looked_at_first(int found, AlreadyThere already, DeliveryVerdict verdict, int written)
    {
        var context = new DestinationContext(DestinationRun.StreamId, FormatEntries.Tenant, StreamFormat.Json, stub.Client(), TimeProvider.System);
        await using var store = Kind.OpenStore(new DestinationSettings(Keys()), context);
        var before = stub.Requests.Count;
        stub.Next.Enqueue(S3Stub.Error(501, "NotImplemented"));
        var there = new StubAnswer(found, "", ("ETag", "\"00000000000000000000000000000000\""));
        stub.Next.Enqueue(there);
        if (found == 200)
        {
            stub.Next.Enqueue(there);
        }
        using var content = new MemoryStream([1, 2, 3]);
        var outcome = await store.PutAsync(new ObjectToPut("checkpoint.txt", content, "text/plain") { IfAbsent = true, NeverReplaces = true }, default);
        Assert.Equal((already, verdict), (outcome.Already, outcome.Delivery.Verdict));
        var asked = stub.Requests.Skip(before).Select(line => line.Split(' ')[0]).ToList();
        Assert.Equal("HEAD", asked[1]);
        Assert.Equal(written, asked.Skip(1).Count(method => method == "PUT"));
        Assert.Empty(stub.Next);
    }

    [Fact]
    public async Task An_object_that_is_there_counts_where_the_keys_may_not_read_it()
    {
        stub.Next.Enqueue(S3Stub.Error(412, "PreconditionFailed"));
        stub.Next.Enqueue(new StubAnswer(403));
        Assert.Equal(DeliveryVerdict.Delivered, (await SendAsync()).Verdict);
    }

    [Fact]
    public async Task Bytes_that_were_stored_otherwise_are_sent_again()
    {
        stub.Next.Enqueue(new StubAnswer(200, "", ("ETag", "\"00000000000000000000000000000000\"")));
        Assert.Equal(DeliveryVerdict.Retry, (await SendAsync()).Verdict);
    }

    [Fact]
    public async Task Keys_of_a_role_that_ended_early_are_asked_for_anew()
    {
        const string Assumed = """
            <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>
            <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
            """;
        await using var destination = DestinationRun.Open(Kind, stub.Client(), Role());
        stub.Next.Enqueue(new StubAnswer(200, Assumed, ("Content-Type", "text/xml")));
        stub.Next.Enqueue(S3Stub.Error(400, "ExpiredToken"));
        Assert.Equal(DeliveryVerdict.Retry, (await destination.CheckAsync(default)).Verdict);
        stub.Next.Enqueue(new StubAnswer(200, Assumed, ("Content-Type", "text/xml")));
        Assert.Equal(DeliveryVerdict.Delivered, (await destination.CheckAsync(default)).Verdict);
        Assert.Empty(stub.Next);
    }

    [Theory]
    [InlineData(403, "AccessDenied", DeliveryVerdict.Stop, "role_arn", "trust policy")]
    [InlineData(403, "InvalidClientTokenId", DeliveryVerdict.Stop, "access", "Streams:Aws")]
    [InlineData(503, "ServiceUnavailable", DeliveryVerdict.Retry, null, "just now")]
    public async Task A_role_that_is_not_given_says_what_is_to_be_set(int status, string code, DeliveryVerdict verdict, string? field, string words)
    {
        stub.Next.Enqueue(new StubAnswer(
            status, $"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>",
            ("Content-Type", "text/xml")));
        var outcome = await DestinationRun.Open(Kind, stub.Client(), Role()).CheckAsync(default);
        Assert.Equal((verdict, field), (outcome.Verdict, outcome.Field));
        Assert.Contains(words, outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_instead_of_S3_and_a_cut_connection_are_told_apart()
    {
        stub.Next.Enqueue(new StubAnswer(400, "<html><body>Bad Request</body></html>", ("Content-Type", "text/html")));
        Assert.Equal((DeliveryVerdict.Stop, "region"), (await SendAsync()) is var page ? (page.Verdict, page.Field) : default);
        stub.Next.Enqueue(StubAnswer.Cut);
        Assert.Equal(DeliveryVerdict.Retry, (await SendAsync()).Verdict);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var refused = await DestinationRun.Open(new S3CompatibleKind(), client, new()
        {
            ["endpoint"] = $"http://127.0.0.1:{DestinationRun.FreePort()}",
            ["bucket"] = "acme-logs",
            ["access_key_id"] = "a",
            ["secret_access_key"] = "b",
        }).CheckAsync(default);
        Assert.Equal((DeliveryVerdict.Retry, "endpoint"), (refused.Verdict, refused.Field));
        Assert.Contains("refuses connections", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_policies_say_what_is_needed_and_no_more()
    {
        var texts = Kind.SetupTexts(new DestinationSettings(Role()));
        var statement = JsonNode.Parse(texts[0].Text)!["Statement"]!.AsArray().Single()!;
        Assert.Equal("arn:aws:s3:::acme-logs/audit-log/*", statement["Resource"]!.GetValue<string>());
        Assert.Equal(["s3:PutObject"], statement["Action"]!.AsArray().Select(action => action!.GetValue<string>()));
        var trust = JsonNode.Parse(texts[1].Text)!["Statement"]!.AsArray().Single()!;
        Assert.Equal("arn:aws:iam::123456789012:user/audit-console", trust["Principal"]!["AWS"]!.GetValue<string>());
        Assert.Equal("ac-1", trust["Condition"]!["StringEquals"]!["sts:ExternalId"]!.GetValue<string>());
        Assert.Matches("^ac-[0-9a-f]{32}$", Kind.Fields.Single(field => field.Name == "external_id").Generate!());
        Assert.Contains("BUCKET", Kind.SetupTexts(new DestinationSettings(new Dictionary<string, string>()))[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bucket", "s3://acme")]
    [InlineData("bucket", "Acme")]
    [InlineData("region", "Frankfurt")]
    [InlineData("prefix", "a//b")]
    [InlineData("access_key_id", "ASIA0000000000000000")]
    [InlineData("secret_access_key", "")]
    [InlineData("kms_key", "alias/mine")]
    public void A_setting_that_can_not_hold_is_named(string field, string value) =>
        Assert.Equal(field, Assert.Single(Kind.Check(new DestinationSettings(new Dictionary<string, string>(Keys()) { [field] = value }))).Field);

    [Fact]
    public void A_role_needs_an_identity_of_the_server()
    {
        var problems = new S3Kind(Options.Create(new AwsOptions())).Check(new DestinationSettings(new Dictionary<string, string>(Role()) { ["role_arn"] = "mine" }));
        Assert.Equal(["role_arn", "access"], problems.Select(problem => problem.Field));
        Assert.Single(new AwsOptions { AccessKeyId = "AKIA0000000000000000" }.Problems());
        Assert.Single(new AwsOptions { Principal = "me", AccessKeyId = "a", SecretAccessKey = "b" }.Problems());
    }

    private async Task<DeliveryOutcome> SendAsync()
    {
        await using var destination = DestinationRun.Open(Kind, stub.Client(), Keys());
        return await destination.SendAsync(DestinationRun.Batch(StreamFormat.Json, FormatEntries.Published()), default);
    }

    private static Dictionary<string, string> Keys() => new()
    {
        ["bucket"] = "acme-logs",
        ["region"] = "eu-west-1",
        ["access_key_id"] = "AKIA0000000000000001",
        ["secret_access_key"] = "a secret",
    };

    private static Dictionary<string, string> Role() => new()
    {
        ["bucket"] = "acme-logs",
        ["region"] = "eu-west-1",
        ["access"] = "role",
        ["role_arn"] = "arn:aws:iam::210987654321:role/logs",
        ["external_id"] = "ac-1",
    };
}
