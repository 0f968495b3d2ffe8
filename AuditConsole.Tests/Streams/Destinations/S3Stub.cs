using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>A server that takes every object; for answers that Ceph doesn't give.</summary>
public sealed class S3Stub : StubServer
{
    protected override Task<StubAnswer> AnswerAsync(HttpContext context, byte[] body) =>
        Task.FromResult(new StubAnswer(200, "", ("ETag", $"\"{Convert.ToHexStringLower(MD5.HashData(body))}\"")));

    /// <summary>An error as S3 writes it.</summary>
    public static StubAnswer Error(int status, string code, string message = "said") => new(
        status, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message><RequestId>1</RequestId></Error>", ("Content-Type", "application/xml"));
}
