using AuditConsole.Identity;
using AuditConsole.Query;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ScheduledExports.Pages;

/// <summary>One run of a scheduled export: its files, and what of them the log holds otherwise now.</summary>
public sealed partial class ScheduledExportRunPage : AdminPage
{
    private const int PartsAtOnce = 100;

    private (string Id, Guid Run) _shown;

    /// <summary><c>sx_…</c>.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>The run.</summary>
    [Parameter]
    public Guid RunId { get; set; }

    [Inject]
    private ScheduledExportService Service { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ViewScheduledExports;

    private ScheduledExportView? Export { get; set; }

    private ScheduledExportRun? Run { get; set; }

    private IReadOnlyList<PartNow> Now { get; set; } = [];

    private int Shown { get; set; } = PartsAtOnce;

    private int Changed => Now.Count(part => !part.IsSame);

    // What goes to a bucket is got there.
    private bool IsOffered => Export?.IsDownload == true && Run?.State == RunState.Done;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_shown != (Id, RunId))
        {
            _shown = (Id, RunId);
            Forget();
            await ReloadAsync();
        }
        await base.OnParametersSetAsync();
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, client) = await WhoAsync();
        var owner = await Service.EnterToLookAsync(userId, Member?.TenantSlug, client, Gone);
        try
        {
            Export = await Service.GetAsync(owner, Id, Gone);
            Run = await Service.FindRunAsync(owner, Id, RunId, Gone);
            Now = Run is null ? [] : await Service.CompareAsync(owner, Id, Run, Shown, Gone);
        }
        catch (RefusedException)
        {
            (Export, Run, Now) = (null, null, []);
        }
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        (Export, Run, Now, Shown) = (null, null, [], PartsAtOnce);
    }

    private string File(string file) => ConsoleUrls.ScheduledExportFile(Id, RunId, file, Member?.TenantSlug);

    private string FileName(string name) => Export!.IsDownload ? ScheduledExportDownloads.NameOf(Run!, name) : name;

    private Task MoreAsync()
    {
        Shown += PartsAtOnce;
        return ReloadAsync();
    }
}
