using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text.Json;
using AuditConsole.Streams.Destinations.ObjectStorage;
using AuditConsole.Streams.Destinations.Sending;
using AuditConsole.Streams.Destinations.Warehouse;

namespace AuditConsole.Streams.Destinations.Google;

/// <summary>
/// An object in a bucket, then a load job that reads it. The job's id follows from the batch: after a crash or a lost
/// answer Google says that it has that job, and what became of it is asked rather than done again. A job appends all rows
/// or none, so none comes twice.
/// </summary>
internal sealed class BigQueryLoads(GoogleApi api, BigQueryTable table, GcsObjectStore store, DestinationContext context) : IDestination
{
    // An id is used up by a job that failed; the next attempt has the next.
    private const int MaxJobs = 50;

    private static readonly TimeSpan[] Waits = [.. new[] { 0.2, 0.5, 1, 2, 3, 5, 5, 10, 10, 10, 10 }.Select(TimeSpan.FromSeconds)];

    /// <inheritdoc/>
    public BatchLimits Limits { get; } = new(10_000, 16 * 1024 * 1024, 16 * 1024 * 1024, Linger: TimeSpan.FromMinutes(5));

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> SendAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var key = ObjectKeys.Of(batch.TenantId, batch.Entries[0].Entry.RecordedAt, batch.First, batch.Last);
        using (var content = Compress(batch))
        {
            var put = await ObjectDestination.PutAsync(store, key, content, cancellationToken);
            if (put.Verdict != DeliveryVerdict.Delivered)
            {
                return put;
            }
        }
        var id = string.Create(CultureInfo.InvariantCulture, $"audit_{batch.StreamId}{context.Run}_{batch.First}_{batch.Last}");
        for (var job = 1; job <= MaxJobs; job++)
        {
            var (reply, mine) = await StartAsync(job == 1 ? id : $"{id}_{job}", store.AddressOf(key), cancellationToken);
            for (var wait = 0; reply.IsSuccess && State(reply) != "DONE"; wait++)
            {
                if (wait == Waits.Length)
                {
                    return reply.As(DeliveryVerdict.Retry, "The load job still runs. It is looked at again, not started anew.") with { RetryAfter = TimeSpan.FromSeconds(30), Answer = null };
                }
                await Task.Delay(Waits[wait], context.Clock, cancellationToken);
                reply = await api.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, StatusAddress(job == 1 ? id : $"{id}_{job}")), cancellationToken);
            }
            if (!reply.IsSuccess)
            {
                return BigQueryErrors.Refusal(reply, table);
            }
            var (reason, message) = Error(reply);
            if (reason is null)
            {
                return reply.As(DeliveryVerdict.Delivered, $"{batch.Entries.Count:N0} rows were loaded into {table.Place}.") with { Answer = null };
            }
            if (mine)
            {
                return (BigQueryErrors.Of(reply, reason, message, table) ?? reply.As(DeliveryVerdict.Retry, $"The load job failed ({reason})."))
                    with
                { Answer = HttpOutcomes.Clean($"{reason}: {message}") };
            }
        }
        return new DeliveryOutcome(DeliveryVerdict.Stop, $"{MaxJobs} load jobs for the same entries failed. Look at the jobs {id} in BigQuery.", Field: BigQueryKind.Table);
    }

    /// <inheritdoc/>
    public async Task<DeliveryOutcome> CheckAsync(CancellationToken cancellationToken)
    {
        using var content = new MemoryStream("A test from AuditConsole.\n"u8.ToArray());
        var (put, _) = await store.PutAsync(new ObjectToPut($"org={context.TenantId}/check.txt", content, "text/plain"), cancellationToken);
        if (put.Verdict != DeliveryVerdict.Delivered)
        {
            return put;
        }
        var dataset = await api.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"{table.ProjectAddress}/datasets/{table.Dataset}"), cancellationToken);
        if (!dataset.IsSuccess)
        {
            return dataset.Status == 404 && dataset.Failure is null
                ? dataset.As(DeliveryVerdict.Stop, $"There is no dataset {table.Dataset} in {table.Project}. Create it, or correct its name.", BigQueryKind.Dataset)
                : BigQueryErrors.Refusal(dataset, table);
        }
        if (dataset.Read(root => root.GetProperty("location").GetString()) is { } location && !location.Equals(table.Location, StringComparison.OrdinalIgnoreCase))
        {
            return dataset.As(DeliveryVerdict.Stop, $"The dataset {table.Dataset} is in {location}, not in {table.Location}.", BigQueryKind.Location) with { Answer = null };
        }
        var reply = await api.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, table.Address), cancellationToken);
        return reply.IsSuccess ? BigQueryColumns.Compare(reply, table)
            : reply.Status == 404 ? reply.As(DeliveryVerdict.Delivered, $"The bucket and the dataset are there; the first load makes the table {table.Place}.") with { Answer = null }
            : BigQueryErrors.Refusal(reply, table);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => store.DisposeAsync();

    // Mine is false for a job of an earlier attempt.
    private async Task<(Reply Reply, bool Mine)> StartAsync(string id, string source, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            jobReference = new { projectId = table.Project, jobId = id, location = table.Location },
            configuration = new
            {
                load = new
                {
                    sourceUris = new[] { source },
                    sourceFormat = "NEWLINE_DELIMITED_JSON",
                    destinationTable = new { projectId = table.Project, datasetId = table.Dataset, tableId = table.Table },
                    createDisposition = "CREATE_IF_NEEDED",
                    writeDisposition = "WRITE_APPEND",
                    schema = BigQueryColumns.Schema(),
                    timePartitioning = new { type = "DAY", field = "occurred_at" },
                    clustering = new { fields = new[] { "action", "actor_id" } },
                },
            },
        });
        var reply = await api.SendAsync(() => new HttpRequestMessage(HttpMethod.Post, $"{table.ProjectAddress}/jobs")
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        }, cancellationToken);
        return reply.Status == 409
            ? (await api.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, StatusAddress(id)), cancellationToken), false)
            : (reply, true);
    }

    private string StatusAddress(string id) => $"{table.ProjectAddress}/jobs/{id}?location={table.Location}";

    private static string? State(Reply reply) => reply.Read(root => root.GetProperty("status").GetProperty("state").GetString());

    private static (string? Reason, string Message) Error(Reply reply) => reply.Read(root =>
        root.GetProperty("status").TryGetProperty("errorResult", out var error)
            ? ((string? Reason, string Message))(error.GetProperty("reason").GetString() ?? "unknown", error.TryGetProperty("message", out var text) ? text.GetString() ?? "" : "")
            : (null, ""));

    private static MemoryStream Compress(DeliveryBatch batch)
    {
        var compressed = new MemoryStream();
        var row = new ArrayBufferWriter<byte>(1024);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            foreach (var entry in batch.Entries)
            {
                row.ResetWrittenCount();
                EntryColumns.WriteRow(entry.Entry, row, jsonAsText: false);
                row.Write("\n"u8);
                gzip.Write(row.WrittenSpan);
            }
        }
        compressed.Position = 0;
        return compressed;
    }
}
