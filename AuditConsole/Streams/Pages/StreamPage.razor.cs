using System.Globalization;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Streams.Destinations;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams.Pages;

/// <summary>One stream: how it goes, what it is set to, what failed, and what can be done about it.</summary>
public sealed partial class StreamPage : StreamAdminPage
{
    private const int AttemptsAtFirst = 20;
    private const int LettersShown = 50;

    private ElementReference _freshTitle;
    private bool _focusFresh;
    private string? _shown;
    private DateTimeOffset? _textsOf;

    /// <summary><c>str_…</c>.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    private NavigationManager Navigation { get; init; } = default!;

    [Inject]
    private IOptions<StreamOptions> Options { get; init; } = default!;

    private StreamView? Stream { get; set; }

    private bool IsCheckpoints => Stream!.Purpose == StreamPurpose.Checkpoints;

    private bool IsGone { get; set; }

    private IReadOnlyList<SetupText> Texts { get; set; } = [];

    private IReadOnlyList<StreamAttempt> Attempts { get; set; } = [];

    private IReadOnlyList<DeadLetter> Letters { get; set; } = [];

    private int Shown { get; set; } = AttemptsAtFirst;

    private bool FailedOnly { get; set; }

    private bool IsEditing { get; set; }

    private StreamFormModel Form { get; set; } = new();

    private string? Fresh { get; set; }

    private DateOnly? ReplayFrom { get; set; }

    private TimeOnly? ReplayTime { get; set; }

    private long? RangeFirst { get; set; }

    private long? RangeLast { get; set; }

    private DestinationField? RotatedField => Stream!.Kind.Fields.FirstOrDefault(one => one is { IsSecret: true, Generate: not null });

    /// <inheritdoc/>
    protected override bool IsRefreshed => true;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_shown is { } shown && shown != Id)
        {
            Forget();
            await ReloadAsync();
        }
        _shown = Id;
        await base.OnParametersSetAsync();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focusFresh)
        {
            _focusFresh = false;
            await _freshTitle.FocusAsync();
        }
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var owner = await OwnerAsync();
        try
        {
            Stream = await Service.GetAsync(owner, Id, Gone);
            Attempts = await Service.AttemptsAsync(owner, Id, FailedOnly, null, Shown, Gone);
            Letters = await Service.DeadLettersAsync(owner, Id, 0, LettersShown, Gone);
            if (_textsOf != Stream.ChangedAt)
            {
                (Texts, _textsOf) = (await Service.SetupTextsAsync(owner, Id, Gone), Stream.ChangedAt);
            }
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
        (Texts, _textsOf) = ([], null);
        (Stream, Attempts, Letters, IsEditing, Fresh, Checked, Shown, FailedOnly) = (null, [], [], false, null, null, AttemptsAtFirst, false);
    }

    // What was made here for the other side to know, where it is to know it: the external id of a role.
    private bool IsOfUse(DestinationField field) =>
        field is not { Generate: not null, IsSecret: false } || Stream!.Settings.GetValueOrDefault(field.Name) is not { } made || Texts.Any(text => text.Text.Contains(made, StringComparison.Ordinal));

    private static string Described(ReplayStatus replay) => replay.From is { } from && from > DateTimeOffset.UnixEpoch
        ? $"What occurred from {from.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC on is being sent again."
        : "Everything that is kept is being sent again.";

    private void ToggleEdit()
    {
        (IsEditing, Problems, Checked) = (!IsEditing, [], null);
        Form = StreamFormModel.Of(Stream!);
    }

    private Task PauseAsync() => DoAsync(owner => Service.PauseAsync(owner, Id, Gone), "Paused. Nothing is lost: resume it, and it goes on where it stopped.");

    private Task ResumeAsync() => DoAsync(owner => Service.ResumeAsync(owner, Id, Gone), "It goes on now.");

    private Task CancelReplayAsync() => DoAsync(owner => Service.CancelReplayAsync(owner, Id, Gone), "The replay has ended.");

    private Task ReplayAsync() => DoAsync(
        owner => Service.ReplayAsync(
            owner, Id,
            (ReplayFrom, ReplayTime) switch
            {
                ({ } day, var time) => new DateTimeOffset(day, time ?? TimeOnly.MinValue, TimeSpan.Zero),
                (null, not null) => throw new RefusedException("Name the day too from which on entries are sent again."),
                _ => null,
            },
            Gone),
        "Older entries are being sent again.");

    private async Task SkipAsync()
    {
        if (await ConfirmAsync("Skip what fails?", "The entries of the batch that fails become dead letters, and the stream goes on behind them. They can be sent again one by one.", "Skip them"))
        {
            var count = 0;
            await DoAsync(async owner => count = await Service.SkipAsync(owner, Id, Gone), null);
            Done = count == 0 ? null : $"{StreamTexts.Entries(count)} skipped. {(count == 1 ? "It is" : "They are")} among the dead letters.";
        }
    }

    private Task CheckAsync()
    {
        Checked = null;
        return DoAsync(async owner => Checked = await Service.CheckAsync(owner, null, Id, Gone), null);
    }

    private Task CheckDraftAsync() => TryAsync(async owner => Checked = await Service.CheckAsync(owner, Form.ToDraft(Stream!.Kind), Id, Gone));

    private async Task SaveAsync()
    {
        if (await TryAsync(owner => Service.ChangeAsync(owner, Id, Form.ToDraft(Stream!.Kind), Gone)))
        {
            IsEditing = false;
            Done = "Saved. What comes next is sent with these settings.";
        }
    }

    private async Task RotateAsync()
    {
        if (await ConfirmAsync("Make a new secret?", "Deliveries are signed with both for 24 hours. Within that time the other side must know the new one.", "Make it"))
        {
            await DoAsync(async owner => Fresh = await Service.RotateAsync(owner, Id, null, Gone), null);
            _focusFresh = Fresh is not null;
        }
    }

    private async Task DeleteAsync()
    {
        if (await ConfirmAsync("Delete this stream?", $"“{Stream!.Name}” ends at once, and its attempts and dead letters go with it. What was delivered stays at the other side.", "Delete")
            && await DoAsync(owner => Service.DeleteAsync(owner, Id, Gone), null))
        {
            Navigation.NavigateTo(ConsoleUrls.Of(ConsoleUrls.StreamsPath, Member?.TenantSlug));
        }
    }

    private Task SendAgainAsync(IReadOnlyList<long>? letters) => TellAsync(owner => Service.SendAgainAsync(owner, Id, letters, Gone));

    private Task RedeliverAsync(long first, long last) => TellAsync(owner => Service.RedeliverAsync(owner, Id, first, last, Gone));

    private Task RedeliverRangeAsync() => TellAsync(owner => Service.RedeliverAsync(
        owner, Id, RangeFirst ?? throw new RefusedException("Say from which entry on."), RangeLast ?? RangeFirst.Value, Gone));

    private async Task ToggleFailedAsync()
    {
        (FailedOnly, Shown) = (!FailedOnly, AttemptsAtFirst);
        await ReloadAsync();
    }

    private Task MoreAsync()
    {
        Shown += 50;
        return ReloadAsync();
    }

    private async Task TellAsync(Func<StreamOwner, Task<IReadOnlyList<Redelivery>>> send)
    {
        IReadOnlyList<Redelivery> sent = [];
        await DoAsync(async owner =>
        {
            sent = await send(owner);
            if (sent.FirstOrDefault(one => one.Outcome.Verdict != DeliveryVerdict.Delivered) is { } failed)
            {
                throw new RefusedException($"Entry #{StreamTexts.Number(failed.Sequence)} was not taken: {failed.Outcome.Message}");
            }
            if (sent.Count == 0)
            {
                throw new RefusedException("Nothing was sent: no entry of these goes to this stream.");
            }
        }, null);
        if (Problem is null)
        {
            Done = $"{StreamTexts.Entries(sent.Count)} delivered.";
        }
        else
        {
            // Those before the one that failed have gone through.
            await ReloadAsync();
        }
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
}
