using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.Features;

namespace AuditConsole.Identity;

/// <summary>
/// Over https every cookie goes out and comes in as <c>__Host-NAME</c>: the browser then takes it from this host alone,
/// with Secure and the root path. A plain name that comes in over https, which a neighbouring host could have set, is
/// not seen. The rest of the application knows the plain names only.
/// </summary>
internal sealed class HostCookies(RequestDelegate next)
{
    private const string Prefix = "__Host-";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.IsHttps)
        {
            context.Features.Set<IRequestCookiesFeature>(new RequestFeature(new RequestCookies(context.Request.Cookies)));
            context.Features.Set<IResponseCookiesFeature>(new ResponseFeature(new ResponseCookies(context.Response.Cookies)));
        }
        return next(context);
    }

    private static CookieOptions Bound(CookieOptions options)
    {
        options.Secure = true;
        options.Path = "/";
        options.Domain = null;
        return options;
    }

    private sealed class RequestFeature(IRequestCookieCollection cookies) : IRequestCookiesFeature
    {
        public IRequestCookieCollection Cookies { get; set; } = cookies;
    }

    private sealed class ResponseFeature(IResponseCookies cookies) : IResponseCookiesFeature
    {
        public IResponseCookies Cookies => cookies;
    }

    private sealed class RequestCookies(IRequestCookieCollection inner) : IRequestCookieCollection
    {
        private readonly Dictionary<string, string> _cookies = inner
            .Where(cookie => cookie.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(cookie => cookie.Key[Prefix.Length..], cookie => cookie.Value, StringComparer.Ordinal);

        public string? this[string key] => _cookies.GetValueOrDefault(key);

        public int Count => _cookies.Count;

        public ICollection<string> Keys => _cookies.Keys;

        public bool ContainsKey(string key) => _cookies.ContainsKey(key);

        public bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => _cookies.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _cookies.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class ResponseCookies(IResponseCookies inner) : IResponseCookies
    {
        public void Append(string key, string value) => inner.Append(Prefix + key, value, Bound(new CookieOptions()));

        public void Append(string key, string value, CookieOptions options) => inner.Append(Prefix + key, value, Bound(options));

        public void Delete(string key) => inner.Delete(Prefix + key, Bound(new CookieOptions()));

        public void Delete(string key, CookieOptions options) => inner.Delete(Prefix + key, Bound(options));
    }
}
