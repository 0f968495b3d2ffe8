using System.Net;
using System.Net.WebSockets;
using AuditConsole.Identity;

namespace AuditConsole.Tests.Security;

public sealed class CircuitTests
{
    [Fact]
    public async Task Only_a_signed_in_page_of_this_origin_connects_and_only_so_often()
    {
        await using var console = new ConsoleFactory();
        console.Settings["Security:MaxConnectionsPerUser"] = "2";
        console.StartServer();
        var tenant = await console.AddTenantAsync("circuits");
        var user = await console.AddUserAsync(tenant, Role.Viewer);
        var own = console.Address.GetLeftPart(UriPartial.Authority);

        Assert.Equal(HttpStatusCode.Unauthorized, await ConnectAsync(console, null, own));
        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(console, user, "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(console, user, "null"));
        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(console, user, null));
        using var first = new ClientWebSocket();
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await ConnectAsync(console, user, own, first));
        using var second = new ClientWebSocket();
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await ConnectAsync(console, user, own, second));
        Assert.Equal(HttpStatusCode.TooManyRequests, await ConnectAsync(console, user, own));
        var other = await console.AddUserAsync(tenant, Role.Viewer);
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await ConnectAsync(console, other, own));
    }

    private static async Task<HttpStatusCode> ConnectAsync(ConsoleFactory console, TestUser? user, string? origin, ClientWebSocket? kept = null)
    {
        using var passing = kept is null ? new ClientWebSocket() : null;
        var socket = kept ?? passing!;
        socket.Options.CollectHttpResponseDetails = true;
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }
        if (user is not null)
        {
            socket.Options.SetRequestHeader("Cookie", $"{IdentityFeature.SessionCookie}={await console.SessionOfAsync(user)}");
        }
        try
        {
            await socket.ConnectAsync(new Uri(console.Address.ToString().Replace("http", "ws", StringComparison.Ordinal) + "_blazor"), CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The status tells why.
        }
        return socket.HttpStatusCode;
    }
}
