using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AuditConsole.Core;
using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Reach;
using AuditConsole.Tests.Storage;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AuditConsole.Tests.Streams;

/// <summary>The HTTP kind against nginx: real statuses, real cuts, real TLS, bodies as they arrived.</summary>
public sealed class NginxTests(NginxFixture nginx) : IClassFixture<NginxFixture>
{
    [Fact]
    public async Task A_batch_arrives_byte_for_byte()
    {
        var entry = Entry(1);
        var outcome = await SendAsync(nginx.Http("/store"), entry, Entry(2));
        Assert.Equal((DeliveryVerdict.Delivered, 200), (outcome.Verdict, outcome.Status));
        var stored = Assert.Single(Directory.GetFiles(nginx.Bodies, "*", SearchOption.AllDirectories));
        Assert.Equal($"[{System.Text.Encoding.UTF8.GetString(entry.Body.Span)},{System.Text.Encoding.UTF8.GetString(Entry(2).Body.Span)}]", await File.ReadAllTextAsync(stored));
    }

    [Theory]
    [InlineData("/302", DeliveryVerdict.Retry, 302)]
    [InlineData("/401", DeliveryVerdict.Stop, 401)]
    [InlineData("/404", DeliveryVerdict.Stop, 404)]
    [InlineData("/410", DeliveryVerdict.Stop, 410)]
    [InlineData("/413", DeliveryVerdict.TooLarge, 413)]
    [InlineData("/429", DeliveryVerdict.Retry, 429)]
    [InlineData("/500", DeliveryVerdict.Retry, 500)]
    [InlineData("/503", DeliveryVerdict.Retry, 503)]
    [InlineData("/444", DeliveryVerdict.Retry, null)]
    public async Task Each_answer_means_what_the_documentation_says(string path, DeliveryVerdict verdict, int? status)
    {
        var outcome = await SendAsync(nginx.Http(path), Entry(1));
        Assert.Equal((verdict, status), (outcome.Verdict, outcome.Status));
        Assert.Equal(path == "/503" ? TimeSpan.FromSeconds(7) : null, outcome.RetryAfter);
        Assert.EndsWith(".", outcome.Message, StringComparison.Ordinal);
        // The place where a redirect leads stores what it gets.
        Assert.Empty(Directory.GetFiles(nginx.Followed, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Nothing_that_listens_is_said_in_words()
    {
        var outcome = await SendAsync(new Uri("http://127.0.0.1:1/"), Entry(1));
        Assert.Equal(DeliveryVerdict.Retry, outcome.Verdict);
        Assert.Contains("refuses connections", outcome.Message, StringComparison.Ordinal);
        Assert.Equal("url", outcome.Field);
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_is_refused_until_the_operator_trusts_it()
    {
        var outcome = await SendAsync(nginx.Https("localhost"), Entry(1));
        Assert.Equal(DeliveryVerdict.Retry, outcome.Verdict);
        Assert.Contains("certificate is not trusted", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("Streams:CaFile", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(200, (await SendAsync(nginx.Https("localhost"), nginx.Authority, Entry(1))).Status);
        // Whoever signed: it must be the host that was meant.
        Assert.Equal(DeliveryVerdict.Retry, (await SendAsync(nginx.Https("127.0.0.1"), nginx.Authority, Entry(1))).Verdict);
    }

    private static DeliveredEntry Entry(long sequence)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"sequence":{{sequence}},"padding":"{{new string('x', 1500)}}"}""");
        return new DeliveredEntry(
            new AuditEntry
            {
                Id = Guid.Empty,
                TenantId = Guid.Empty,
                Sequence = sequence,
                OccurredAt = DateTimeOffset.UnixEpoch,
                RecordedAt = DateTimeOffset.UnixEpoch,
                RecordedBy = "console",
                Content = TestEntries.Entry(),
                Salt = default,
                Leaf = default,
                PreviousHash = default,
                Hash = default,
            },
            body);
    }

    private static Task<DeliveryOutcome> SendAsync(Uri url, params DeliveredEntry[] entries) => SendAsync(url, null, entries);

    private static async Task<DeliveryOutcome> SendAsync(Uri url, string? authority, params DeliveredEntry[] entries)
    {
        var options = new StreamOptions { CaFile = authority };
        options.AllowedNetworks.Add("127.0.0.0/8");
        options.AllowedNetworks.Add("::1");
        using var http = new GuardedHttp(Options.Create(options), new NoEnvironment());
        var kind = new HttpKind();
        var settings = new DestinationSettings(new Dictionary<string, string> { ["url"] = url.ToString() });
        Assert.Empty(kind.Check(settings));
        await using var destination = kind.Open(settings, new DestinationContext("str_1", Guid.Empty, StreamFormat.Json, http.Client, TimeProvider.System));
        return await destination.SendAsync(new DeliveryBatch("str_1", Guid.Empty, entries), default);
    }

    private sealed class NoEnvironment : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Test";

        public string ApplicationName { get; set; } = "AuditConsole";

        public string ContentRootPath { get; set; } = "/";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}

/// <summary>A real nginx with a folder of its own.</summary>
public sealed class NginxFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("audit-nginx-").FullName;
    private Process _process = null!;
    private int _plain;
    private int _tls;
    private readonly TcpListener _silentListener = new(IPAddress.Loopback, 0);
    private int _silent;

    public string Bodies => Path.Combine(_folder, "bodies");

    public string Followed => Path.Combine(_folder, "followed");

    /// <summary>The certificate that signed the server's own, PEM.</summary>
    public string Authority => Path.Combine(_folder, "ca.pem");

    public Uri Http(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_plain}{path}"));

    /// <summary>
    /// What the place with the bad day was sent, in the order in which it was through: the id, nginx's status, and the body
    /// where nginx has stored it.
    /// </summary>
    public async Task<IReadOnlyList<(string Id, int Status, string? Body)>> BadDayAsync()
    {
        var requests = new List<(string, int, string?)>();
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(_folder, "bad-day.log")))
        {
            if (line.Split('\t') is [var id, var status, var file])
            {
                requests.Add((id, int.Parse(status, CultureInfo.InvariantCulture), file == "-" ? null : await File.ReadAllTextAsync(Path.Combine(_folder, file))));
            }
        }
        return requests;
    }

    /// <summary>Ends the bad day: from now on everything is taken.</summary>
    public void EndBadDay() => File.WriteAllText(Path.Combine(_folder, "calm"), "");

    public Uri Https(string host) => new(string.Create(CultureInfo.InvariantCulture, $"https://{host}:{_tls}/"));

    public async Task InitializeAsync()
    {
        foreach (var folder in new[] { Bodies, Followed, Path.Combine(_folder, "temp") })
        {
            Directory.CreateDirectory(folder);
        }
        WriteCertificates();
        // It takes connections, and never says a word.
        _silentListener.Start();
        _silent = ((IPEndPoint)_silentListener.LocalEndpoint).Port;
        // Another process may take a port between its choice and its use: nginx then ends, and others are chosen.
        for (var attempt = 1; !await TryStartAsync(); attempt++)
        {
            Assert.True(attempt < 5, await _process.StandardError.ReadToEndAsync());
        }
    }

    public Task DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
        _silentListener.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    private async Task<bool> TryStartAsync()
    {
        (_plain, _tls) = (FreePort(), FreePort());
        await File.WriteAllTextAsync(Path.Combine(_folder, "nginx.conf"), Configuration());
        _process = Process.Start(new ProcessStartInfo(File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx", ["-p", _folder, "-c", "nginx.conf", "-e", "stderr"]) { RedirectStandardError = true })
            ?? throw new InvalidOperationException("nginx is missing: run ./test once, or apt-get install nginx-light.");
        while (!_process.HasExited)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, _tls);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(20);
            }
        }
        return false;
    }

    // In nginx's words, since that is what answers: a status by "return" doesn't read the body, a proxy to itself does.
    private string Configuration() => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off;
        master_process off;
        pid nginx.pid;
        # Not to where the tests read: a pipe that nobody empties is full after some hundred lines, and nginx waits for ever.
        error_log errors.log;
        events { }
        http {
            access_log off;
            log_format taken '$http_webhook_id\t$status\t$request_body_file';
            split_clients $request_id $drawn {
                4% 500; 4% 503; 4% 429; 4% 302; 4% 444; 1% 410; 4% forgotten; 4% late; * taken;
            }
            client_body_temp_path temp;
            proxy_temp_path temp/proxy; fastcgi_temp_path temp/fastcgi; uwsgi_temp_path temp/uwsgi; scgi_temp_path temp/scgi;
            server {
                listen 127.0.0.1:{{_plain}};
                location = /sink { return 200; }
                location = /store { client_body_temp_path bodies; client_body_in_file_only on; proxy_pass http://127.0.0.1:{{_plain}}/sink; }
                location = /followed { client_body_temp_path followed; client_body_in_file_only on; proxy_pass http://127.0.0.1:{{_plain}}/sink; }
                location = /bad-day {
                    access_log bad-day.log taken;
                    set $fault $drawn;
                    if (-f {{_folder}}/calm) { set $fault taken; }
                    if ($fault = 500) { return 500; }
                    if ($fault = 503) { return 503; }
                    if ($fault = 429) { return 429; }
                    if ($fault = 302) { return 302 /followed; }
                    if ($fault = 444) { return 444; }
                    if ($fault = 410) { return 410; }
                    client_max_body_size 24k;
                    client_body_temp_path bodies; client_body_in_file_only on;
                    proxy_read_timeout 200ms;
                    proxy_pass http://127.0.0.1:{{_plain}}/$fault;
                }
                location = /taken { return 200; }
                # What was stored, and is said to have failed: the other side cut the connection, or was too late.
                location = /forgotten { return 444; }
                location = /late { client_body_timeout 60s; proxy_pass http://127.0.0.1:{{_silent}}/; }
                location = /302 { return 302 /followed; }
                location = /401 { return 401; }
                location = /404 { return 404; }
                location = /410 { return 410; }
                location = /413 { client_max_body_size 1k; proxy_pass http://127.0.0.1:{{_plain}}/sink; }
                location = /429 { return 429; }
                location = /500 { return 500; }
                location = /503 { add_header Retry-After 7 always; return 503; }
                location = /444 { return 444; }
            }
            server {
                listen 127.0.0.1:{{_tls}} ssl;
                ssl_certificate server.pem;
                ssl_certificate_key server.key;
                location / { return 200; }
            }
        }
        """);

    private void WriteCertificates()
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(from, to);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        server.CertificateExtensions.Add(names.Build());
        using var certificate = server.Create(authority, from, to, [1, 2, 3]);
        File.WriteAllText(Authority, authority.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "server.key"), key.ExportPkcs8PrivateKeyPem());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
