using System.Net;
using System.Net.Http.Json;
using AuditConsole.Api;
using AuditConsole.Exports;

namespace AuditConsole.Tests.Exports;

[Collection(ExportTestsCollection.Name)]
public sealed class ExportRefusalTests(ExportFixture fixture)
{
    [Fact]
    public async Task Nobody_signed_in_is_sent_to_sign_in()
    {
        using var client = fixture.Console.NewClient();

        using var answer = await client.PostAsync(ExportEndpoint.Path, new FormUrlEncodedContent(fixture.Form(fixture.Big)));

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.StartsWith("/sign-in", answer.Headers.Location?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_is_told_that_the_role_does_not_allow_it()
    {
        using var answer = await fixture.PostAsync(fixture.Viewer, fixture.Form(fixture.Big));

        var error = await ReadAsync(answer, HttpStatusCode.Forbidden);
        Assert.Equal(("forbidden", "That needs the role Auditor; yours is Viewer."), (error.Code, error.Message));
    }

    [Fact]
    public async Task Another_tenants_log_answers_as_one_that_does_not_exist()
    {
        using var others = await fixture.PostAsync(fixture.Stranger, fixture.Form(fixture.Big));
        var form = fixture.Form(fixture.Big);
        form["tenant"] = "never-made";
        using var nobodys = await fixture.PostAsync(fixture.Stranger, form);

        Assert.Equivalent(await ReadAsync(nobodys, HttpStatusCode.NotFound), await ReadAsync(others, HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_form_without_the_pages_token_is_refused()
    {
        using var client = await fixture.Console.NewClientAsync(fixture.Admin);

        using var answer = await client.PostAsync(ExportEndpoint.Path, new FormUrlEncodedContent(fixture.Form(fixture.Big)));

        Assert.Equal("invalid_form", (await ReadAsync(answer, HttpStatusCode.BadRequest)).Code);
    }

    [Theory]
    [InlineData("from", null, "from")]
    [InlineData("to", "", "to")]
    [InlineData("tenant", null, "tenant")]
    [InlineData("snapshot", null, "snapshot")]
    [InlineData("snapshot", "-1", "snapshot")]
    [InlineData("snapshot", "99999999999999999999", "snapshot")]
    [InlineData("format", null, "format")]
    [InlineData("format", "xlsx", "format")]
    [InlineData("from", "yesterday", "from")]
    [InlineData("to", "2026-13-01", "to")]
    [InlineData("to", "2026-05-07", "from")]
    [InlineData("ip", "1", "ip")]
    [InlineData("entity", "Rule", "entity")]
    public async Task A_wrong_field_is_named(string field, string? value, string named)
    {
        var form = fixture.Form(fixture.Big);
        form.Remove(field);
        if (value is not null)
        {
            form[field] = value;
        }

        using var answer = await fixture.PostAsync(fixture.Admin, form);

        var error = await ReadAsync(answer, HttpStatusCode.BadRequest);
        Assert.Equal([named], error.Details.Select(detail => detail.Field));
    }

    [Fact]
    public async Task A_form_of_garbage_is_refused_not_failed()
    {
        using var client = await fixture.Console.NewClientAsync(fixture.Admin);
        foreach (var (type, body) in new[] { ("multipart/form-data; boundary=x", "--x\r\nbroken"), ("application/json", "{}"), ("application/x-www-form-urlencoded", new string('a', 100_000)) })
        {
            using var content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);

            using var answer = await client.PostAsync(ExportEndpoint.Path, content);

            Assert.InRange((int)answer.StatusCode, 400, 499);
        }
    }

    [Fact]
    public async Task A_browser_gets_a_page_that_says_what_to_do()
    {
        var form = fixture.Form(fixture.Big);
        form["from"] = "<script>";

        using var answer = await fixture.PostAsync(fixture.Admin, form, accept: "text/html");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("Nothing was downloaded", page, StringComparison.Ordinal);
        Assert.Contains("Go to the audit log", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
    }

    private static async Task<ApiError> ReadAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        Assert.Equal(expected, answer.StatusCode);
        var error = await answer.Content.ReadFromJsonAsync<ApiError>();
        Assert.NotNull(error);
        Assert.NotEmpty(error.Notices);
        return error;
    }
}
