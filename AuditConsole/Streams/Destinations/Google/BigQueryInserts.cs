using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Streams.Destinations.Warehouse;

namespace AuditConsole.Streams.Destinations.Google;

/// <summary><c>tabledata.insertAll</c>: rows within seconds. The id of the entry is the insertId, by which BigQuery drops repeats of the last minute or so.</summary>
internal sealed class BigQueryInserts(GoogleApi api, BigQueryTable table) : IDestination
{
    /// <inheritdoc/>
    public BatchLimits Limits { get; } = new(500, 4_000_000, 4_000_000);

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var body = Body(batch);
        var reply = await api.SendAsync(() => new HttpRequestMessage(HttpMethod.Post, $"{table.Address}/insertAll")
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        }, cancellationToken);
        if (!reply.IsSuccess)
        {
            return BigQueryErrors.Refusal(reply, table);
        }
        // One bad row stops all others, which then say "stopped".
        var reason = reply.Read(root => root.TryGetProperty("insertErrors", out var errors)
            ? errors.EnumerateArray().SelectMany(row => row.GetProperty("errors").EnumerateArray()).Select(error => error.GetProperty("reason").GetString())
                .OrderBy(each => each == "stopped").FirstOrDefault()
            : null);
        return reason is null
            ? reply.As(DeliveryVerdict.Delivered, $"{batch.Entries.Count:N0} rows were inserted into {table.Place}.") with { Answer = null }
            : BigQueryErrors.Of(reply, reason, reply.Body, table) ?? reply.As(DeliveryVerdict.BadData, $"BigQuery doesn't take a row ({reason}).");
    }

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken)
    {
        var reply = await api.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, table.Address), cancellationToken);
        return reply.IsSuccess ? BigQueryColumns.Compare(reply, table) : BigQueryErrors.Refusal(reply, table);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static byte[] Body(DeliveryBatch batch)
    {
        var body = new ArrayBufferWriter<byte>(64 * 1024);
        body.Write("""{"kind":"bigquery#tableDataInsertAllRequest","skipInvalidRows":false,"ignoreUnknownValues":false,"rows":"""u8);
        var separator = "["u8;
        foreach (var entry in batch.Entries)
        {
            body.Write(separator);
            separator = ","u8;
            var row = new MemberWriter(body);
            row.Begin();
            row.Text("insertId", entry.Entry.Id.ToString());
            row.Name("json");
            // A JSON column takes its value as text here.
            EntryColumns.WriteRow(entry.Entry, body, jsonAsText: true);
            row.End();
        }
        body.Write("]}"u8);
        return body.WrittenSpan.ToArray();
    }
}

/// <summary>The columns as BigQuery has them.</summary>
internal static class BigQueryColumns
{
    /// <summary>The schema of load jobs.</summary>
    public static object Schema() => new
    {
        fields = EntryColumns.All.Select(column => new { name = column.Name, type = BigQueryKind.TypeOf(column.Type), mode = column.IsRequired ? "REQUIRED" : "NULLABLE" }),
    };

    /// <summary>Whether a table has the columns; says which it lacks.</summary>
    public static DeliveryOutcome Compare(Sending.Reply reply, BigQueryTable table)
    {
        var there = reply.Read(root => root.GetProperty("schema").GetProperty("fields").EnumerateArray()
            .Select(field => field.GetProperty("name").GetString()!.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal)) ?? [];
        var missing = EntryColumns.All.Select(column => column.Name).Where(name => !there.Contains(name)).ToList();
        return missing.Count == 0
            ? reply.As(DeliveryVerdict.Delivered, $"The table {table.Place} has all columns. Nothing was written.") with { Answer = null }
            : reply.As(DeliveryVerdict.Stop, $"The table {table.Place} lacks {string.Join(", ", missing.Take(5))}{(missing.Count > 5 ? " …" : "")}. Add the columns, or create it with the statement shown.",
                BigQueryKind.Table) with
            { Answer = null };
    }
}
