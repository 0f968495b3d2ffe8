using System.Net;
using System.Text.RegularExpressions;

namespace AuditConsole.Tests.Security;

/// <summary>The sign-in page as a browser without script uses it.</summary>
internal static partial class SignInForm
{
    /// <summary>Opens the page and posts the form.</summary>
    /// <returns>The page's own answer and the answer to the form.</returns>
    public static async Task<(HttpResponseMessage Page, HttpResponseMessage Answer)> SignInAsync(
        this HttpClient client, string email, string password, string path = "/sign-in")
    {
        var page = await client.GetAsync(path);
        var html = await page.Content.ReadAsStringAsync();
        var token = WebUtility.HtmlDecode(TokenPattern().Match(html).Groups[1].Value);
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["_handler"] = "sign-in",
                ["__RequestVerificationToken"] = token,
                ["Form.Email"] = email,
                ["Form.Password"] = password,
            }),
        };
        request.Headers.Add("Cookie", string.Join("; ", Cookies(page).Select(cookie => cookie.Split(';')[0])));
        return (page, await client.SendAsync(request));
    }

    /// <summary>What the answer sets.</summary>
    public static IReadOnlyList<string> Cookies(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Set-Cookie", out var values) ? [.. values] : [];

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex TokenPattern();
}
