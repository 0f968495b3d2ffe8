using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AuditConsole.Core;
using AuditConsole.Operations;
using AuditConsole.Redaction;
using AuditConsole.Storage;
using AuditConsole.Tenants;

namespace AuditConsole.Ingest;

/// <summary>
/// Appends the entries of a file, a JSON object a line. The whole file is checked first; then it is appended in
/// batches, each with an idempotency key that follows from the file's SHA-256, so that a second run within 24 hours
/// goes on where the first one was interrupted.
/// </summary>
public sealed class ImportService(
    IEntryStore store, IServiceProvider services, DataDirectory directory, RedactionCounts counts, ConsoleMetrics metrics, TimeProvider clock)
{
    private const int BatchSize = 1000;

    private const string Route = "import";

    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(1);

    /// <summary>Checks the file and appends it.</summary>
    /// <param name="tenant">Whose log.</param>
    /// <param name="file">UTF-8, with or without byte order mark. Read three times: what can't seek is kept in the data directory meanwhile.</param>
    /// <param name="skipExpired">Leave out entries that retention has ended for, rather than refusing the file.</param>
    /// <param name="report">Told now and then how far it is.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    /// <exception cref="StorageException">The disk is full or fails; the batches before are stored.</exception>
    public async Task<ImportResult> ImportAsync(
        Tenant tenant, Stream file, bool skipExpired, Func<ImportProgress, Task> report, CancellationToken cancellationToken)
    {
        await using var spilled = file.CanSeek ? null : await SpillAsync(file, cancellationToken);
        var source = spilled ?? file;
        var hash = new EntryHash(await SHA256.HashDataAsync(source, cancellationToken));
        var door = await services.GetRequiredService<EntryDoors>().OfHistoryAsync(tenant.Number, tenant.Id, cancellationToken);

        source.Position = 0;
        using var check = new ImportLines(source, door, skipExpired);
        await CheckAsync(check, source.Length, report, cancellationToken);
        if (check.ProblemCount > 0)
        {
            return new ImportResult { Problems = check.Problems, ProblemCount = check.ProblemCount, ExpiredLines = check.ExpiredLines };
        }

        source.Position = 0;
        using var lines = new ImportLines(source, door, skipExpired);
        return await AppendAsync(tenant, lines, hash, source.Length, report, cancellationToken);
    }

    private async Task CheckAsync(ImportLines lines, long length, Func<ImportProgress, Task> report, CancellationToken cancellationToken)
    {
        var reporter = new Reporter(clock, writing: false, length, report);
        while (await lines.CheckAsync(cancellationToken))
        {
            if (lines.Count % BatchSize == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await reporter.TellAsync(lines, last: false);
            }
        }
    }

    private async Task<ImportResult> AppendAsync(
        Tenant tenant, ImportLines lines, EntryHash hash, long length, Func<ImportProgress, Task> report, CancellationToken cancellationToken)
    {
        var recordedBy = $"import:{hash.ToString()[..16]}";
        var reporter = new Reporter(clock, writing: true, length, report);
        var (appended, alreadyThere) = (0L, 0L);
        var pending = Task.FromResult((Appended: 0L, AlreadyThere: 0L));
        for (var number = 0; ; number++)
        {
            var key = new IdempotencyKey(Route, $"{hash}:{number.ToString(CultureInfo.InvariantCulture)}", hash);
            var known = await store.FindAnswerAsync(tenant.Number, key, cancellationToken);
            // The next batch is read and hashed while the one before is written.
            var (count, entries) = await lines.ReadBatchAsync(BatchSize, prepare: known is null, cancellationToken);
            if (lines.ProblemCount > 0)
            {
                await pending;
                throw new IOException("The file changed while it was read. Run the command again.");
            }
            Add(await pending);
            pending = known is not null ? Task.FromResult((0L, CountOf(known)))
                : entries.Count > 0 ? AppendAsync(tenant, recordedBy, key, entries, cancellationToken)
                : Task.FromResult((0L, 0L));
            await reporter.TellAsync(lines, last: count < BatchSize);
            if (count < BatchSize)
            {
                Add(await pending);
                return new ImportResult { Appended = appended, AlreadyThere = alreadyThere, Skipped = lines.Skipped, RecordedBy = recordedBy };
            }
        }

        void Add((long Appended, long AlreadyThere) done)
        {
            appended += done.Appended;
            alreadyThere += done.AlreadyThere;
        }
    }

    private async Task<(long Appended, long AlreadyThere)> AppendAsync(
        Tenant tenant, string recordedBy, IdempotencyKey key, List<AdmittedEntry> entries, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var result = await store.AppendAsync(
            new AppendRequest
            {
                Tenant = tenant.Number,
                TenantId = tenant.Id,
                RecordedBy = recordedBy,
                Entries = [.. entries.Select(entry => entry.Entry)],
                Sealed = AppendEndpoint.SealedIn(entries),
                Idempotency = key,
                Answer = stored => Encoding.ASCII.GetBytes(stored.Count.ToString(CultureInfo.InvariantCulture)),
            },
            cancellationToken);
        if (result.ReplayedAnswer is { } replayed)
        {
            return (0, CountOf(replayed));
        }
        metrics.Appended(result.Entries.Count, clock.GetElapsedTime(started), "import");
        counts.Add(tenant.Number, entries.SelectMany(entry => entry.Caught));
        return (result.Entries.Count, 0);
    }

    private static long CountOf(byte[] answer) => long.Parse(Encoding.ASCII.GetString(answer), CultureInfo.InvariantCulture);

    private async Task<FileStream> SpillAsync(Stream source, CancellationToken cancellationToken)
    {
        var folder = directory.File("spills");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        var spill = new FileStream(
            Path.Combine(folder, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 64 * 1024,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                // Without a name it can't outlive this process, however that ends.
                File.Delete(spill.Name);
            }
            await source.CopyToAsync(spill, cancellationToken);
            spill.Position = 0;
            return spill;
        }
        catch
        {
            await spill.DisposeAsync();
            throw;
        }
    }

    private sealed class Reporter(TimeProvider clock, bool writing, long length, Func<ImportProgress, Task> report)
    {
        private readonly long _started = clock.GetTimestamp();
        private long _told = clock.GetTimestamp();

        public async Task TellAsync(ImportLines lines, bool last)
        {
            if (!last && clock.GetElapsedTime(_told) < BetweenReports)
            {
                return;
            }
            _told = clock.GetTimestamp();
            var seconds = Math.Max(clock.GetElapsedTime(_started).TotalSeconds, 0.001);
            await report(new ImportProgress(writing, lines.Count, lines.Count / seconds, length == 0 ? 100 : 100.0 * lines.Position / length));
        }
    }
}
