using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Streams;
using AuditConsole.Streams.Destinations;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.ScheduledExports.Pages;

/// <summary>Where a scheduled export is added: its destination, then the rest.</summary>
public sealed partial class NewScheduledExportPage : AdminPage
{
    private string? _shown;

    /// <summary>The destination; null while it isn't chosen.</summary>
    [SupplyParameterFromQuery(Name = "destination")]
    public string? KindName { get; set; }

    [Inject]
    private ScheduledExportService Service { get; init; } = default!;

    [Inject]
    private NavigationManager Navigation { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageScheduledExports;

    private IDestinationKind? Kind => Service.Kinds.FirstOrDefault(kind => kind.Name == KindName);

    private bool IsChosen => Kind is not null || KindName == ScheduledExport.Download;

    private ScheduledExportFormModel Form { get; set; } = new();

    private IReadOnlyList<FieldProblem> Problems { get; set; } = [];

    private DeliveryOutcome? Checked { get; set; }

    private AddedExport? Added { get; set; }

    // What was made, and what was typed but for the secrets.
    private DestinationSettings AddedSettings => new(Kind!.Fields.Where(one => !one.IsSecret)
        .Select(one => (one.Name, Value: Added!.Generated.GetValueOrDefault(one.Name) ?? Form.Settings.GetValueOrDefault(one.Name)))
        .Where(pair => pair.Value is not null).ToDictionary(pair => pair.Name, pair => pair.Value!, StringComparer.Ordinal));

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_shown != KindName)
        {
            _shown = KindName;
            Start();
        }
        await base.OnParametersSetAsync();
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, client) = await WhoAsync();
        await Service.EnterAsync(userId, Member?.TenantSlug, client, Gone);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Start();
    }

    private void Start() => (Form, Problems, Checked, Added) = (new ScheduledExportFormModel(), [], null, null);

    private Task CheckAsync() => TryAsync(async owner => Checked = await Service.CheckAsync(owner, Form.ToDraft(Kind), null, Gone));

    private async Task AddAsync()
    {
        AddedExport? added = null;
        if (!await TryAsync(async owner => added = await Service.AddAsync(owner, Form.ToDraft(Kind), Gone)))
        {
            return;
        }
        if (added!.Generated.Count > 0 && Form.Settings.GetValueOrDefault("access") == "role")
        {
            Added = added;
            return;
        }
        Navigation.NavigateTo(ConsoleUrls.ScheduledExport(added.Id, Member?.TenantSlug));
    }

    private async Task<bool> TryAsync(Func<StreamOwner, Task> act)
    {
        (Problems, Checked) = ([], null);
        var isFit = true;
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            var owner = await Service.EnterAsync(userId, Member?.TenantSlug, client, Gone);
            try
            {
                await act(owner);
            }
            catch (InvalidScheduledExportException invalid)
            {
                (Problems, isFit) = (invalid.Problems, false);
            }
        });
        return done && isFit;
    }
}
