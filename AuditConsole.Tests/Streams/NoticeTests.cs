using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AuditConsole.Identity;
using AuditConsole.ScheduledExports;
using AuditConsole.Streams;
using AuditConsole.Streams.Delivery;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Streams;

/// <summary>Whoever can see to a stream is told.</summary>
public sealed class NoticeTests : IAsyncLifetime
{
    private readonly StreamFixture _fixture = new();
    private readonly TcpListener _mail = new(IPAddress.Loopback, 0);

    public Task InitializeAsync()
    {
        _mail.Start();
        _fixture.Console.Settings["Smtp:Host"] = "127.0.0.1";
        _fixture.Console.Settings["Smtp:Port"] = ((IPEndPoint)_mail.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        _fixture.Console.Settings["Smtp:From"] = "audit@example.com";
        _fixture.Console.Settings["Smtp:StartTls"] = "false";
        return _fixture.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _fixture.DisposeAsync();
        _mail.Dispose();
    }

    [Fact]
    public async Task An_Admin_gets_an_e_mail_when_a_stream_stops()
    {
        var tenant = await _fixture.NewTenantAsync();
        var admin = await _fixture.Console.AddUserAsync(tenant.Tenant, Role.Admin);
        await _fixture.Console.AddUserAsync(tenant.Tenant, Role.Auditor);
        await tenant.AddAsync(_fixture.Receivers.Add(_ => new Answer(403)));
        var mail = await ReceiveAsync();
        Assert.Contains($"RCPT TO:<{admin.Email}>", mail);
        Assert.Single(mail, line => line.StartsWith("RCPT", StringComparison.Ordinal));
        Assert.Contains(mail, line => line.StartsWith("Subject: The stream To http of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Before_retention_takes_what_a_stream_has_yet_to_deliver_it_is_told()
    {
        var (tenant, receiver) = (await _fixture.NewTenantAsync(), _fixture.Receivers.Add());
        var id = await tenant.AddAsync(receiver);
        await tenant.Service.PauseAsync(tenant.Owner, id, default);
        var watch = _fixture.Console.Services.GetRequiredService<StreamWatch>();
        Assert.DoesNotContain(id, await watch.RunAsync(default));
        // 24 months are kept; this one is gone in three days.
        await tenant.AppendAsync(TestEntries.Entry(occurredAt: DateTimeOffset.UtcNow.AddMonths(-24).AddDays(3)));
        Assert.Contains(id, await watch.RunAsync(default));
        Assert.Contains("1 of the entries that wait expire within 7 days", (await tenant.GetAsync(id)).Status.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_retention_takes_what_a_scheduled_export_has_yet_to_hold_its_Admins_are_told_once_a_day()
    {
        var tenant = await _fixture.NewTenantAsync();
        var admin = await _fixture.Console.AddUserAsync(tenant.Tenant, Role.Admin);
        var exports = _fixture.Console.Services.GetRequiredService<ScheduledExportService>();
        var id = (await exports.AddAsync(tenant.Owner, new ScheduledExportDraft { Name = "Nightly", Kind = ScheduledExport.Download, Schedule = "daily 06:00" }, default)).Id;
        await exports.PauseAsync(tenant.Owner, id, default);
        var watch = _fixture.Console.Services.GetRequiredService<ScheduledExportWatch>();
        Assert.DoesNotContain(id, await watch.RunAsync(default));
        await tenant.AppendAsync(TestEntries.Entry(occurredAt: DateTimeOffset.UtcNow.AddMonths(-24).AddDays(3)));
        Assert.Contains(id, await watch.RunAsync(default));
        var mail = await ReceiveAsync();
        Assert.Contains($"RCPT TO:<{admin.Email}>", mail);
        Assert.Contains("Subject: Entries will expire before the scheduled export Nightly holds them", mail);
        Assert.Contains(mail, line => line.StartsWith("1 of the entries that wait expire", StringComparison.Ordinal));
        Assert.NotNull((await exports.GetAsync(tenant.Owner, id, default)).Warning);

        // It is still so, and told already: the next mail is another one.
        Assert.Contains(id, await watch.RunAsync(default));
        await exports.ResumeAsync(tenant.Owner, id, default);
        await tenant.AddAsync(_fixture.Receivers.Add(_ => new Answer(403)));
        Assert.Contains(await ReceiveAsync(), line => line.StartsWith("Subject: The stream To http of", StringComparison.Ordinal));
    }

    private async Task<IReadOnlyList<string>> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var client = await _mail.AcceptTcpClientAsync(patience.Token);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 mail.example.com");
        var lines = new List<string>();
        var inData = false;
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            lines.Add(line);
            if (inData && line != ".")
            {
                continue;
            }
            inData = line == "DATA";
            await writer.WriteLineAsync(inData ? "354 go on" : "250 ok");
            if (line == ".")
            {
                return lines;
            }
        }
        return lines;
    }
}
