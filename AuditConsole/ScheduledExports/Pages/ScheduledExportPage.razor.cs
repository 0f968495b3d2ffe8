using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Pages;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ScheduledExports.Pages;

/// <summary>One scheduled export: how it goes, what it is set to, and every run of it.</summary>
public sealed partial class ScheduledExportPage : AdminPage
{
    private const int RunsAtFirst = 25;

    private string? _shown;

    /// <summary><c>sx_…</c>.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    private ScheduledExportService Service { get; init; } = default!;

    [Inject]
    private NavigationManager Navigation { get; init; } = default!;

    /// <inheritdoc/>
    protected override bool IsRefreshed => true;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ViewScheduledExports;

    private bool MayChange => Member?.May(Permission.ManageScheduledExports) == true;

    private ScheduledExportView? Export { get; set; }

    private bool IsGone { get; set; }

    private IReadOnlyList<ScheduledExportRun> Runs { get; set; } = [];

    private int Shown { get; set; } = RunsAtFirst;

    private bool IsEditing { get; set; }

    private ScheduledExportFormModel Form { get; set; } = new();

    private IReadOnlyList<FieldProblem> Problems { get; set; } = [];

    private DeliveryOutcome? Checked { get; set; }

    private IDestinationKind? Kind => Service.Kinds.FirstOrDefault(kind => kind.Name == Export?.Kind);

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_shown != Id)
        {
            (_shown, IsGone) = (Id, false);
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
            Runs = await Service.RunsAsync(owner, Id, null, Shown, Gone);
            IsGone = false;
        }
        catch (RefusedException)
        {
            IsGone = true;
        }
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        (Export, Runs, IsEditing, Checked, Shown) = (null, [], false, null, RunsAtFirst);
    }

    private string File(ScheduledExportRun run, string file) => ConsoleUrls.ScheduledExportFile(Id, run.Id, file, Member?.TenantSlug);

    private async Task<StreamOwner> OwnerAsync()
    {
        var (userId, client) = await WhoAsync();
        return await Service.EnterAsync(userId, Member?.TenantSlug, client, Gone);
    }

    private void ToggleEdit()
    {
        (IsEditing, Problems, Checked) = (!IsEditing, [], null);
        Form = ScheduledExportFormModel.Of(Export!);
    }

    private Task PauseAsync() => DoAsync(owner => Service.PauseAsync(owner, Id, Gone), "Paused. Nothing is lost: resume it, and what was missed is made up for.");

    private Task ResumeAsync() => DoAsync(owner => Service.ResumeAsync(owner, Id, Gone), "It runs again.");

    private async Task RunAsync()
    {
        var isOwn = false;
        if (await DoAsync(async owner => isOwn = await Service.RunNowAsync(owner, Id, Gone), null))
        {
            Done = isOwn ? "A run has begun. The scheduled ones stay as they are." : "The run that was due is tried now.";
        }
    }

    private Task CheckAsync()
    {
        Checked = null;
        return DoAsync(async owner => Checked = await Service.CheckAsync(owner, null, Id, Gone), null);
    }

    private Task CheckDraftAsync() => TryAsync(async owner => Checked = await Service.CheckAsync(owner, Form.ToDraft(Kind), Id, Gone));

    private async Task SaveAsync()
    {
        if (await TryAsync(owner => Service.ChangeAsync(owner, Id, Form.ToDraft(Kind), Gone)))
        {
            IsEditing = false;
            Done = "Saved. A run that isn’t through begins anew with these settings.";
        }
    }

    private async Task RemoveAsync()
    {
        if (await ConfirmAsync("Remove this scheduled export?", $"“{Export!.Name}” ends at once, and the list of its runs goes with it. What it wrote stays at the other side, and the log keeps what was exported.", "Remove")
            && await DoAsync(owner => Service.DeleteAsync(owner, Id, Gone), null))
        {
            Navigation.NavigateTo(ConsoleUrls.Of(ConsoleUrls.ScheduledExportsPath, Member?.TenantSlug));
        }
    }

    private Task MoreAsync()
    {
        Shown += 100;
        return ReloadAsync();
    }

    private async Task<bool> DoAsync(Func<StreamOwner, Task> act, string? done)
    {
        if (!await ActAsync(async () => await act(await OwnerAsync())))
        {
            return false;
        }
        Done = done;
        return true;
    }

    private async Task<bool> TryAsync(Func<StreamOwner, Task> act)
    {
        (Problems, Checked) = ([], null);
        var done = await ActAsync(async () =>
        {
            try
            {
                await act(await OwnerAsync());
            }
            catch (InvalidScheduledExportException invalid)
            {
                Problems = invalid.Problems;
            }
        });
        return done && Problems.Count == 0;
    }
}
