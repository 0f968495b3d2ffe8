using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuditConsole.ScheduledExports;

/// <summary>A file of a run, rendered from the log as it is now.</summary>
/// <param name="Content">It, compressed, from its beginning.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Differs">Whether it isn't the file that the manifest names: an entry of it was withheld, or has expired, since.</param>
public sealed record DownloadedFile(Stream Content, string Name, bool Differs);

/// <summary>
/// Renders the files of exports that go nowhere when somebody downloads them. Nothing of an entry is kept for them in the
/// meantime, so that what is withheld is gone from there too.
/// </summary>
internal sealed class ScheduledExportDownloads(
    IDbContextFactory<ConsoleDbContext> contexts, PartRenderer renderer, SecurityLog security, ReadRecords reads)
{
    /// <summary>The manifest of a run that is through, whatever its destination.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public async Task<string> ManifestAsync(int tenant, string id, Guid run, CancellationToken cancellationToken) =>
        (await FindAsync(tenant, id, run, cancellationToken)).Run.Manifest!;

    /// <summary>A part, or its receipt.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="by">Who downloads.</param>
    /// <param name="through">By what: <c>console</c>, or the route.</param>
    /// <param name="id">The export.</param>
    /// <param name="runId">The run.</param>
    /// <param name="number">The part, from 1.</param>
    /// <param name="isReceipt">Whether its receipt is wanted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RefusedException">There is no such part, or nothing to prove it by yet.</exception>
    public async Task<DownloadedFile> RenderAsync(
        int tenant, Acting by, string through, string id, Guid runId, int number, bool isReceipt, CancellationToken cancellationToken)
    {
        var (export, run) = await FindAsync(tenant, id, runId, cancellationToken);
        if (export.Kind != ScheduledExport.Download)
        {
            throw new RefusedException("This export goes to a bucket. Get its files there.");
        }
        if (number < 1 || number > run.Parts.Count)
        {
            throw new RefusedException(ScheduledExportService.Unknown);
        }
        var part = run.Parts[number - 1];
        security.Write(SecurityEventKinds.Download, by.Subject, tenant, by.Client, $"{{\"scheduled_export\":\"{id}\",\"run\":\"{runId:D}\",\"part\":{number}}}");
        await reads.NoteAsync(
            new LogRead(tenant, by, through, isReceipt ? "receipt" : ScheduledExportJson.NameOf(run.Format), [new("scheduled_export", id), new("run", runId.ToString("D")), new("part", $"{number}")]),
            null, cancellationToken);
        var order = new PartOrder(export.Tenant!, ScheduledExportJson.FilterOf(run.Manifest!), run.Format, part.After, part.Until);
        var rendered = await renderer.RenderAsync(order, int.MaxValue, keep: !isReceipt, cancellationToken);
        var differs = rendered.Hash != EntryHash.Parse(part.Sha256);
        return isReceipt
            ? new DownloadedFile(
                await renderer.RenderReceiptAsync(run.Id, (export.Id, export.Name), order, rendered, cancellationToken), NameOf(run, ExportManifest.ReceiptName(number)), differs)
            : new DownloadedFile(rendered.File!, NameOf(run, ExportManifest.PartName(run, number)), differs);
    }

    /// <summary>What a file of a run is called where it is downloaded to, among those of other runs.</summary>
    public static string NameOf(ScheduledExportRun run, string name) => $"{run.Due.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{name}";

    private async Task<(ScheduledExport Export, ScheduledExportRun Run)> FindAsync(int tenant, string id, Guid run, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var export = await context.ScheduledExports.AsNoTracking().Include(row => row.Tenant).SingleOrDefaultAsync(row => row.Id == id && row.TenantNumber == tenant, cancellationToken);
        var found = export is null ? null
            : await context.ScheduledExportRuns.AsNoTracking().SingleOrDefaultAsync(row => row.Id == run && row.ExportId == id && row.State == RunState.Done, cancellationToken);
        return found is null ? throw new RefusedException(ScheduledExportService.Unknown) : (export!, found);
    }
}
