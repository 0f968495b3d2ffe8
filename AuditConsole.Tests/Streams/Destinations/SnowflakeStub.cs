using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Snowpipe Streaming by REST: one account, one user with a public key, one table, and rows that are committed some questions later, those of a channel together and in order.</summary>
public sealed class SnowflakeStub : StubServer
{
    private const string Control = "acme-prod1.snowflakecomputing.com";
    private const string Ingest = "acme-prod1.ingest.snowflakecomputing.com";
    private const string Pipe = "/databases/SECURITY/schemas/PUBLIC/pipes/AUDIT_LOG-STREAMING";

    private readonly RSA _key = RSA.Create(2048);
    private readonly Dictionary<string, Channel> _channels = [];
    private string _token = "";
    private int _number;

    /// <summary>The user's private key.</summary>
    public string PrivateKey => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>The rows of the table.</summary>
    public ConcurrentQueue<JsonObject> Rows { get; } = [];

    /// <summary>A row with this id is left out, as one that doesn't fit the table.</summary>
    public string? Unfit { get; set; }

    /// <summary>So many requests with rows are taken, and what came in them is committed at once; then the service is away.</summary>
    public int? AppendsLeft { get; set; }

    /// <summary>Whether answers are bare text where the documents show both.</summary>
    public bool Bare { get; set; }

    /// <summary>Ends the token that was given.</summary>
    public void EndToken() => _token = "";

    protected override Task<StubAnswer> AnswerAsync(HttpContext context, byte[] body) => Task.FromResult(Answer(context, body));

    /// <summary>What is wrong with a key-pair JWT; null for nothing.</summary>
    public string? Refuse(string jwt, bool inSeconds = true)
    {
        var parts = jwt.Split('.');
        if (parts.Length != 3 || !_key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), WebEncoders.Base64UrlDecode(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
        {
            return "signature";
        }
        var claims = JsonNode.Parse(WebEncoders.Base64UrlDecode(parts[1]))!;
        var fingerprint = Convert.ToBase64String(SHA256.HashData(_key.ExportSubjectPublicKeyInfo()));
        if (claims["iss"]!.GetValue<string>() != $"ACME-PROD1.AUDIT_CONSOLE.SHA256:{fingerprint}" || claims["sub"]!.GetValue<string>() != "ACME-PROD1.AUDIT_CONSOLE")
        {
            return "names";
        }
        // Snowflake's own driver gives milliseconds, at the door of the driver.
        var (issued, ends, now) = (claims["iat"]!.GetValue<long>(), claims["exp"]!.GetValue<long>(), TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        return inSeconds && (issued > now + 60 || ends < now || ends - issued > 3600) ? "time" : null;
    }

    private StubAnswer Answer(HttpContext context, byte[] body)
    {
        var request = context.Request;
        var bearer = request.Headers.Authorization.ToString().Split(' ') is ["Bearer", var token] ? token : "";
        if (request.Host.Value == Control)
        {
            if (request.Headers["X-Snowflake-Authorization-Token-Type"] != "KEYPAIR_JWT" || Refuse(bearer) is not null)
            {
                return new StubAnswer(401, """{"code":"390144","message":"JWT token is invalid."}""");
            }
            switch (request.Method, request.Path.Value)
            {
                case ("GET", "/v2/streaming/hostname"):
                    return new StubAnswer(200, Bare ? Ingest : $$"""{"hostname":"{{Ingest}}"}""");
                case ("POST", "/oauth/token"):
                    var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body));
                    if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" || form["scope"] != Ingest)
                    {
                        return new StubAnswer(400, "{}");
                    }
                    _token = $"scoped{++_number}";
                    return new StubAnswer(200, Bare ? _token : $$"""{"token":"{{_token}}"}""");
            }
        }
        if (request.Host.Value != Ingest)
        {
            return new StubAnswer(404, "no such account");
        }
        if (bearer != _token || _token.Length == 0)
        {
            return new StubAnswer(401, """{"code":"ERR_AUTHENTICATION","message":"expired"}""");
        }
        var path = request.Path.Value!;
        lock (_channels)
        {
            return path.StartsWith($"/v2/streaming/data{Pipe}/channels/", StringComparison.Ordinal) && request.Method == "POST" ? Append(Of(path.Split('/')[^2]), request, body)
                : path == $"/v2/streaming{Pipe}:bulk-channel-status" && request.Method == "POST" ? StatusOf(JsonNode.Parse(body)!["channel_names"]![0]!.GetValue<string>())
                : path.StartsWith($"/v2/streaming{Pipe}/channels/", StringComparison.Ordinal) && request.Method == "PUT" ? Open(Of(path.Split('/')[^1]))
                : new StubAnswer(404, """{"code":"ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED","message":"The supplied pipe does not exist or is not authorized."}""");
        }
    }

    private Channel Of(string name) => System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_channels, name, out _) ??= new Channel();

    private static StubAnswer Open(Channel channel)
    {
        // What isn't committed is forgotten.
        channel.Pending.Clear();
        channel.Sequencer++;
        return new StubAnswer(200, new JsonObject { ["next_continuation_token"] = channel.Next, ["channel_status"] = channel.Described() }.ToJsonString());
    }

    private StubAnswer Append(Channel channel, HttpRequest request, byte[] body)
    {
        if (request.ContentType != "application/x-ndjson" || body.Length > 4 * 1024 * 1024)
        {
            return new StubAnswer(body.Length > 4 * 1024 * 1024 ? 413 : 400, "{}");
        }
        if (AppendsLeft-- == 0)
        {
            AppendsLeft = null;
            return new StubAnswer(503, """{"code":"SERVICE_UNAVAILABLE","message":"Try again."}""");
        }
        if (request.Query["startOffsetToken"].ToString() is not { Length: > 0 } || request.Query["endOffsetToken"].ToString() is not { Length: > 0 } offset || request.Query.ContainsKey("offsetToken"))
        {
            return new StubAnswer(400, """{"code":"ERR_BAD_REQUEST","message":"The offset tokens are missing."}""");
        }
        if (request.Query["continuationToken"] != channel.Next)
        {
            return new StubAnswer(400, """{"code":"STALE_CONTINUATION_TOKEN_SEQUENCER","message":"Channel sequencer in the continuation token is stale."}""");
        }
        channel.Pending.Enqueue((offset, [.. Encoding.UTF8.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())]));
        channel.Appended++;
        channel.Asked = 0;
        if (AppendsLeft is not null)
        {
            Commit(channel);
        }
        return new StubAnswer(200, new JsonObject { ["next_continuation_token"] = channel.Next }.ToJsonString());
    }

    private StubAnswer StatusOf(string name)
    {
        var channel = Of(name);
        if (++channel.Asked == 2)
        {
            Commit(channel);
        }
        var described = channel.Described();
        // The documents name it so here.
        described["rows_errors"] = channel.Errors;
        described.Remove("rows_error_count");
        return new StubAnswer(200, new JsonObject { ["channel_statuses"] = new JsonObject { [name] = described } }.ToJsonString());
    }

    private void Commit(Channel channel)
    {
        while (channel.Pending.TryDequeue(out var piece))
        {
            foreach (var row in piece.Rows)
            {
                if (row["ID"]!.GetValue<string>() == Unfit)
                {
                    channel.Errors++;
                    channel.ErrorAt = piece.Token;
                }
                else
                {
                    Rows.Enqueue(row);
                }
            }
            channel.Committed = piece.Token;
        }
    }

    private sealed class Channel
    {
        public int Sequencer { get; set; }

        public int Appended { get; set; }

        public int Asked { get; set; }

        public int Errors { get; set; }

        public string? ErrorAt { get; set; }

        public Queue<(string Token, IReadOnlyList<JsonObject> Rows)> Pending { get; } = [];

        public string? Committed { get; set; }

        public string Next => $"{Sequencer}_{Appended}";

        public JsonObject Described() => new()
        {
            ["channel_status_code"] = "SUCCESS",
            ["last_committed_offset_token"] = Committed,
            ["rows_error_count"] = Errors,
            ["last_error_offset_upper_bound"] = ErrorAt,
            ["last_error_message"] = Errors > 0 ? "Numeric value is not recognized." : null,
        };
    }
}
