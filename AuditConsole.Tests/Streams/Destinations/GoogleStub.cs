using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>Google: tokens for service accounts, buckets, and BigQuery with load jobs and inserted rows.</summary>
public sealed class GoogleStub : StubServer
{
    public const string Email = "audit@acme.iam.gserviceaccount.com";

    private readonly RSA _key = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, JsonObject> _jobs = new();
    private readonly ConcurrentDictionary<string, byte> _tokens = new();

    /// <summary>The key file of the one account.</summary>
    public string KeyFile => new JsonObject
    {
        ["type"] = "service_account",
        ["project_id"] = "acme",
        ["private_key_id"] = "k1",
        ["private_key"] = PrivateKey,
        ["client_email"] = Email,
        ["token_uri"] = "https://oauth2.googleapis.com/token",
    }.ToJsonString();

    /// <summary>Its private key, PEM.</summary>
    public string PrivateKey => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>The objects by <c>bucket/name</c>.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new();

    /// <summary>The bucket with object retention.</summary>
    public const string Locking = "acme-locked";

    /// <summary>Until when objects are locked, by <c>bucket/name</c>.</summary>
    public ConcurrentDictionary<string, DateTimeOffset> Retentions { get; } = new();

    /// <summary>The tables by <c>dataset.table</c>, with their rows.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<JsonObject>> Tables { get; } = new() { ["security.audit_log"] = [] };

    /// <summary>What the next load job fails with; null to succeed.</summary>
    public string? NextJobFails { get; set; }

    /// <summary>The columns of tables that exist.</summary>
    public List<string> Columns { get; } = [.. AuditConsole.Streams.Destinations.Warehouse.EntryColumns.All.Select(column => column.Name)];

    /// <summary>Ends all tokens that were given.</summary>
    public void EndTokens() => _tokens.Clear();

    protected override async Task<StubAnswer> AnswerAsync(HttpContext context, byte[] body)
    {
        var request = context.Request;
        var path = request.Path.Value!;
        if (path == "/token")
        {
            return Token(Encoding.UTF8.GetString(body));
        }
        // The official clients send no credentials to an address that isn't Google's.
        var isOfficial = request.Host.Host == "127.0.0.1";
        if (!isOfficial && !_tokens.ContainsKey(request.Headers.Authorization.ToString()))
        {
            return Error(401, "authError", "Invalid Credentials");
        }
        if (!isOfficial && request.Host.Value != (path.StartsWith("/bigquery", StringComparison.Ordinal) ? "bigquery.googleapis.com" : "storage.googleapis.com"))
        {
            return Error(404, "notFound", $"no such host {request.Host}");
        }
        var plain = Decoded(context, body) ?? [];
        var parts = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        return (request.Method, parts) switch
        {
            ("POST", ["upload", "storage", "v1", "b", var bucket, "o"]) => await UploadAsync(request, bucket, plain),
            ("GET", ["storage", "v1", "b", var bucket, "o", var name]) => Objects.TryGetValue($"{bucket}/{name}", out var there)
                ? new StubAnswer(200, Described(bucket, name, there)) : Error(404, "notFound", "No such object"),
            ("POST", ["bigquery", "v2", "projects", "acme", "jobs"]) => Start(JsonNode.Parse(plain)!.AsObject()),
            ("GET", ["bigquery", "v2", "projects", "acme", "jobs", var id]) => Job(id),
            ("GET", ["bigquery", "v2", "projects", "acme", "datasets", var dataset]) => dataset == "security"
                ? new StubAnswer(200, """{"kind":"bigquery#dataset","location":"EU"}""") : Error(404, "notFound", $"Not found: Dataset acme:{dataset}"),
            ("GET", ["bigquery", "v2", "projects", "acme", "datasets", var dataset, "tables", var table]) => Tables.ContainsKey($"{dataset}.{table}")
                ? new StubAnswer(200, new JsonObject { ["schema"] = new JsonObject { ["fields"] = new JsonArray([.. Columns.Select(name => new JsonObject { ["name"] = name })]) } }.ToJsonString())
                : Error(404, "notFound", $"Not found: Table acme:{dataset}.{table}"),
            ("POST", ["bigquery", "v2", "projects", "acme", "datasets", var dataset, "tables", var table, "insertAll"]) => Insert($"{dataset}.{table}", JsonNode.Parse(plain)!),
            _ => Error(404, "notFound", path),
        };
    }

    private StubAnswer Token(string body)
    {
        // The older of Google's own clients sends the form as JSON.
        var form = body.StartsWith('{')
            ? JsonNode.Parse(body)!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>())
            : QueryHelpers.ParseQuery(body).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        var jwt = form["assertion"].Split('.');
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" || jwt.Length != 3)
        {
            return new StubAnswer(400, """{"error":"unsupported_grant_type"}""");
        }
        if (!_key.VerifyData(Encoding.ASCII.GetBytes($"{jwt[0]}.{jwt[1]}"), WebEncoders.Base64UrlDecode(jwt[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
        {
            return new StubAnswer(400, """{"error":"invalid_grant","error_description":"Invalid JWT Signature."}""");
        }
        var (header, claims) = (JsonNode.Parse(WebEncoders.Base64UrlDecode(jwt[0]))!, JsonNode.Parse(WebEncoders.Base64UrlDecode(jwt[1]))!);
        var (issued, ends) = (claims["iat"]!.GetValue<long>(), claims["exp"]!.GetValue<long>());
        if (header["alg"]!.GetValue<string>() != "RS256" || claims["iss"]!.GetValue<string>() != Email || claims["scope"]!.GetValue<string>().Length == 0
            || claims["aud"]!.GetValue<string>() is not ("https://oauth2.googleapis.com/token" or "https://www.googleapis.com/oauth2/v4/token"))
        {
            return new StubAnswer(400, """{"error":"invalid_grant","error_description":"Invalid JWT."}""");
        }
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        if (ends - issued > 3600 || issued > now + 300 || ends < now)
        {
            return new StubAnswer(
                400, """{"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."}""");
        }
        var token = $"ya29.{Guid.NewGuid():n}";
        _tokens[$"Bearer {token}"] = 1;
        return new StubAnswer(200, $$"""{"access_token":"{{token}}","expires_in":3599,"token_type":"Bearer"}""");
    }

    private async Task<StubAnswer> UploadAsync(HttpRequest request, string bucket, byte[] body)
    {
        if (bucket == "forbidden")
        {
            return Error(403, "forbidden", $"{Email} does not have storage.objects.create access");
        }
        if (bucket is not ("acme-audit" or Locking))
        {
            return Error(404, "notFound", "The specified bucket does not exist.");
        }
        if (request.Query["uploadType"] != "multipart" || MediaTypeHeaderValue.Parse(request.ContentType) is not { } type || type.MediaType != "multipart/related")
        {
            return Error(400, "badRequest", "not a multipart upload");
        }
        var reader = new MultipartReader(HeaderUtilities.RemoveQuotes(type.Boundary).Value!, new MemoryStream(body));
        var metadata = (await JsonNode.ParseAsync((await reader.ReadNextSectionAsync())!.Body))!;
        using var content = new MemoryStream();
        await (await reader.ReadNextSectionAsync())!.Body.CopyToAsync(content);
        var name = request.Query["name"].FirstOrDefault() ?? metadata["name"]!.GetValue<string>();
        if (metadata["retention"] is { } retention)
        {
            if (bucket != Locking)
            {
                return Error(400, "invalid", "Object retention is not enabled for this bucket; retention can't be set.");
            }
            if (retention["mode"]!.GetValue<string>() != "Locked" || !DateTimeOffset.TryParse(retention["retainUntilTime"]!.GetValue<string>(), CultureInfo.InvariantCulture, out var until))
            {
                return Error(400, "invalid", "Invalid retention");
            }
            Retentions[$"{bucket}/{name}"] = until;
        }
        if (metadata["md5Hash"] is { } md5 && md5.GetValue<string>() != Convert.ToBase64String(MD5.HashData(content.ToArray())))
        {
            return Error(400, "invalid", "Provided MD5 hash does not match calculated MD5 hash.");
        }
        if (request.Query["ifGenerationMatch"] == "0" ? !Objects.TryAdd($"{bucket}/{name}", content.ToArray()) : false)
        {
            return Error(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
        }
        Objects[$"{bucket}/{name}"] = content.ToArray();
        return new StubAnswer(200, Described(bucket, name, content.ToArray()));
    }

    private StubAnswer Start(JsonObject job)
    {
        var (reference, load) = (job["jobReference"]!, job["configuration"]!["load"]!);
        var id = reference["jobId"]!.GetValue<string>();
        if (reference["projectId"]!.GetValue<string>() != "acme" || id.Length > 1024 || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            return Error(400, "invalid", "Invalid job ID");
        }
        if (load["destinationTable"]!["datasetId"]!.GetValue<string>() != "security")
        {
            return Error(404, "notFound", "Not found: Dataset acme:nowhere was not found in location EU");
        }
        job["status"] = new JsonObject { ["state"] = "RUNNING" };
        job["asked"] = 0;
        return _jobs.TryAdd(id, job) ? new StubAnswer(200, job.ToJsonString()) : Error(409, "duplicate", $"Already Exists: Job acme:EU.{id}");
    }

    private StubAnswer Job(string id)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            return Error(404, "notFound", $"Not found: Job {id}");
        }
        lock (job)
        {
            var asked = job["asked"]!.GetValue<int>() + 1;
            job["asked"] = asked;
            // Done when it is asked for the second time, and once only.
            if (asked == 2)
            {
                job["status"] = Run(job["configuration"]!["load"]!) is { } error
                    ? new JsonObject { ["state"] = "DONE", ["errorResult"] = error } : new JsonObject { ["state"] = "DONE" };
            }
            return new StubAnswer(200, job.ToJsonString());
        }
    }

    private JsonObject? Run(JsonNode load)
    {
        if (NextJobFails is { } reason)
        {
            NextJobFails = null;
            return new JsonObject { ["reason"] = reason, ["message"] = "said" };
        }
        var rows = new List<JsonObject>();
        foreach (var source in load["sourceUris"]!.AsArray())
        {
            if (!Objects.TryGetValue(source!.GetValue<string>()["gs://".Length..], out var bytes))
            {
                return new JsonObject { ["reason"] = "notFound", ["message"] = $"Not found: URI {source}" };
            }
            using var reader = new StreamReader(source.GetValue<string>().EndsWith(".gz", StringComparison.Ordinal)
                ? new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress) : new MemoryStream(bytes));
            rows.AddRange(reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject()));
        }
        var fields = load["schema"]?["fields"]!.AsArray().ToDictionary(field => field!["name"]!.GetValue<string>(), field => field!["mode"]!.GetValue<string>());
        if (fields is not null && rows.Any(row => row.Any(cell => !fields.ContainsKey(cell.Key)) || fields.Any(field => field.Value == "REQUIRED" && !row.ContainsKey(field.Key))))
        {
            return new JsonObject { ["reason"] = "invalid", ["message"] = "JSON parsing error: no such field" };
        }
        var table = load["destinationTable"]!;
        var rowsThere = Tables.GetOrAdd($"{table["datasetId"]!.GetValue<string>()}.{table["tableId"]!.GetValue<string>()}", _ => []);
        rows.ForEach(rowsThere.Enqueue);
        return null;
    }

    private StubAnswer Insert(string table, JsonNode body)
    {
        if (!Tables.TryGetValue(table, out var rows))
        {
            return Error(404, "notFound", $"Not found: Table acme:{table}");
        }
        var sent = body["rows"]!.AsArray().Select(row => (Id: row!["insertId"]!.GetValue<string>(), Json: row["json"]!.AsObject())).ToList();
        var bad = sent.FindIndex(row => row.Json.Any(cell => !Columns.Contains(cell.Key)) || row.Json.Any(cell => cell.Value is JsonObject or JsonArray));
        if (bad >= 0)
        {
            return new StubAnswer(200, new JsonObject
            {
                ["insertErrors"] = new JsonArray([.. sent.Select((_, index) => (JsonNode)new JsonObject
                {
                    ["index"] = index, ["errors"] = new JsonArray(new JsonObject { ["reason"] = index == bad ? "invalid" : "stopped", ["message"] = "no such field" }),
                })]),
            }.ToJsonString());
        }
        foreach (var row in sent.Where(row => !rows.Any(there => there["id"]?.GetValue<string>() == row.Id)))
        {
            rows.Enqueue(row.Json);
        }
        return new StubAnswer(200, """{"kind":"bigquery#tableDataInsertAllResponse"}""");
    }

    private static string Described(string bucket, string name, byte[] content) => new JsonObject
    {
        ["kind"] = "storage#object",
        ["bucket"] = bucket,
        ["name"] = name,
        ["generation"] = "1",
        ["size"] = content.Length.ToString(CultureInfo.InvariantCulture),
        ["md5Hash"] = Convert.ToBase64String(MD5.HashData(content)),
    }.ToJsonString();

    private static StubAnswer Error(int status, string reason, string message) => new(status, new JsonObject
    {
        ["error"] = new JsonObject { ["code"] = status, ["message"] = message, ["errors"] = new JsonArray(new JsonObject { ["reason"] = reason, ["message"] = message }) },
    }.ToJsonString());
}
