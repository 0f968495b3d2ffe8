using AuditConsole.Query;
using AuditConsole.Streams.Destinations;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Streams.Pages;

/// <summary>Where a stream is added: its kind, then its settings.</summary>
public sealed partial class NewStreamPage : StreamAdminPage
{
    private ElementReference _madeTitle;
    private bool _focusMade;
    private (string? Kind, string? Contents)? _shown;

    /// <summary>The kind; null while it isn't chosen.</summary>
    [SupplyParameterFromQuery(Name = "kind")]
    public string? KindName { get; set; }

    /// <summary><c>checkpoints</c> for a stream of checkpoints.</summary>
    [SupplyParameterFromQuery(Name = "contents")]
    public string? Contents { get; set; }

    [Inject]
    private NavigationManager Navigation { get; init; } = default!;

    private bool IsCheckpoints => Contents == "checkpoints";

    private IDestinationKind? Kind => (IsCheckpoints ? Service.KindsForCheckpoints : Service.Kinds).FirstOrDefault(kind => kind.Name == KindName);

    private StreamFormModel Form { get; set; } = new();

    private AddedStream? Added { get; set; }

    // What is left to be set up, and what was made that somebody needs: the secret, and what the other side is to know.
    private (IReadOnlyList<SetupText> Texts, IReadOnlyDictionary<string, string> Made) _left = ([], new Dictionary<string, string>());

    private IReadOnlyList<SetupText> Texts => _left.Texts;

    private IReadOnlyDictionary<string, string> Made => _left.Made;

    private bool HasSecret => Made.Keys.Any(IsSecret);

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_shown != (KindName, Contents))
        {
            _shown = (KindName, Contents);
            Start();
        }
        await base.OnParametersSetAsync();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focusMade)
        {
            _focusMade = false;
            await _madeTitle.FocusAsync();
        }
    }

    /// <inheritdoc/>
    protected override Task LoadAsync() => OwnerAsync();

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Start();
    }

    private void Start() => (Form, Problems, Checked, Added) = (new StreamFormModel(), [], null, null);

    private Task CheckAsync() => TryAsync(async owner => Checked = await Service.CheckAsync(owner, Form.ToDraft(Kind!), null, Gone));

    private async Task AddAsync()
    {
        AddedStream? added = null;
        if (!await TryAsync(async owner => added = await Service.AddAsync(owner, Form.ToDraft(Kind!), Gone)))
        {
            return;
        }
        var typed = new Dictionary<string, string>(Form.Settings, StringComparer.Ordinal);
        foreach (var (name, value) in added!.Generated)
        {
            typed[name] = value;
        }
        var texts = (Kind as ISetupGuide)?.SetupTexts(new DestinationSettings(typed)) ?? [];
        _left = (texts, added.Generated.Where(made => IsSecret(made.Key) || texts.Any(text => text.Text.Contains(made.Value, StringComparison.Ordinal)))
            .ToDictionary(made => made.Key, made => made.Value, StringComparer.Ordinal));
        if (Made.Count == 0)
        {
            Navigation.NavigateTo(ConsoleUrls.Stream(added.Id, Member?.TenantSlug));
            return;
        }
        (Added, _focusMade) = (added, true);
    }

    private bool IsSecret(string name) => Kind!.Fields.Any(one => one.Name == name && one.IsSecret);
}
