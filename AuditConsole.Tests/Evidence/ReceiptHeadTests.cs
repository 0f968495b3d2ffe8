using System.Buffers;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Core.Evidence;

namespace AuditConsole.Tests.Evidence;

public sealed class ReceiptHeadTests
{
    private static readonly DateTimeOffset _recorded = DateTimeOffset.FromUnixTimeMilliseconds(1_795_365_728_402);

    [Theory]
    [InlineData("RuleCreated", "usr_1")]
    [InlineData("\",\"details_hash\":\"\",\"id\":\"", "\"details_hash\":\"\"")]
    [InlineData("ü\u2028\\", ",\"recorded_at\":\"2026-01-01T00:00:00.000Z\"")]
    public void What_was_taken_out_of_a_head_is_put_back(string action, string actor)
    {
        foreach (var id in new[] { Guid.CreateVersion7(_recorded), Guid.NewGuid(), Guid.CreateVersion7(_recorded.AddMilliseconds(1)) })
        {
            var head = Head(action, actor, id);
            var taken = new byte[ReceiptHead.Size];
            var stripped = ReceiptHead.Strip(head, taken);
            Assert.Equal(Encoding.UTF8.GetString(head), Encoding.UTF8.GetString(ReceiptHead.Fill(stripped, taken)));
            Assert.Equal(head.Length - 64 - (id.ToString()[..13] == Guid.CreateVersion7(_recorded).ToString()[..13] ? 36 : 0), stripped.Length);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"details_hash\":\"")]
    [InlineData("{\"details_hash\":\"\"}")]
    [InlineData("{\"details_hash\":\"0\",\"id\":\"\"}")]
    [InlineData("{\"details_hash\":\"\",\"id\":\"")]
    [InlineData("{\"details_hash\":\"\",\"id\":\"\"}")]
    [InlineData("{\"details_hash\":\"\",\"id\":\"\",\"recorded_at\":\"")]
    [InlineData("{\"details_hash\":\"\",\"id\":\"\",\"recorded_at\":\"yesterday, about the noon\"}")]
    public void A_head_without_its_gaps_is_refused(string head) =>
        Assert.Throws<FormatException>(() => ReceiptHead.Fill(Encoding.UTF8.GetBytes(head), new byte[ReceiptHead.Size]));

    private static byte[] Head(string action, string actor, Guid id)
    {
        var output = new ArrayBufferWriter<byte>();
        var content = Storage.TestEntries.Entry() with { Action = action, Actor = new Actor("user", actor), EngineVersion = ",\"id\":\"" };
        EntryText.WriteHead(new EntryHead(id, Guid.NewGuid(), 7, _recorded, _recorded, "key:1", content, EntryHash.Parse(new string('a', 64))), output);
        return output.WrittenSpan.ToArray();
    }
}
