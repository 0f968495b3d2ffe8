using System.Globalization;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace AuditConsole.Holds;

/// <summary>Where Admins place and lift legal holds, and Auditors see them.</summary>
public sealed partial class HoldsPage : AdminPage
{
    private ElementReference _liftInput;
    private bool _focusLift;

    [Inject]
    private HoldService Service { get; init; } = default!;

    [Inject]
    private LogReader Reader { get; init; } = default!;

    [Inject]
    private NavigationManager Addresses { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ViewHolds;

    private bool MayManage => Member?.May(Permission.ManageHolds) == true;

    private IReadOnlyList<HoldRow> Rows { get; set; } = [];

    private IReadOnlyList<EntryKind> Kinds { get; set; } = [];

    private int Active => Rows.Count(row => row.Hold.LiftedAt is null);

    private HoldForm Form { get; set; } = new();

    private string? Lifting { get; set; }

    private string LiftReason { get; set; } = "";

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        base.OnInitialized();
        var parameters = QueryHelpers.ParseQuery(new Uri(Addresses.Uri).Query);
        Form.Load(name => parameters.TryGetValue(name, out var value) ? value.ToString() : null);
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focusLift)
        {
            _focusLift = false;
            await _liftInput.FocusAsync();
        }
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        Rows = await Service.ListAsync(userId, Member?.TenantSlug, Gone);
        Kinds = MayManage ? await Reader.ListKindsAsync(userId, Member?.TenantSlug, Gone) : [];
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        (Rows, Lifting) = ([], null);
    }

    private async Task PlaceAsync()
    {
        HoldFilter? filter = null;
        long count = 0;
        // Not yet placed: a refusal of the filter is shown like one of the hold.
        var readable = await ActAsync(async () =>
        {
            var (userId, _) = await WhoAsync();
            filter = Form.ToFilter(DateOnly.FromDateTime(Clock.GetUtcNow().UtcDateTime));
            count = await Service.CountAsync(userId, Member?.TenantSlug, filter, Gone);
        });
        if (!readable || !await ConfirmAsync("Place this hold?", Question(filter!, count), "Place hold"))
        {
            return;
        }
        var name = Form.Name.Trim();
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.PlaceAsync(userId, Member?.TenantSlug, name, Form.Reason, filter!, client, Gone);
        });
        if (done)
        {
            (Form, Done) = (new HoldForm(), $"“{name}” is in force.");
        }
    }

    private void BeginLift(HoldRow row) => (Lifting, LiftReason, _focusLift) = (row.Hold.Id, "", true);

    private async Task LiftAsync(HoldRow row)
    {
        if (row.Expired > 0 && !await ConfirmAsync(
            "Lift this hold?", $"{Entries(row.Expired.Value)} under it {(row.Expired == 1 ? "is" : "are")} past the retention. What no other hold covers can’t be read from then on, and the next purge deletes it.", "Lift"))
        {
            return;
        }
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.LiftAsync(userId, Member?.TenantSlug, row.Hold.Id, LiftReason, client, Gone);
        });
        if (done)
        {
            (Lifting, Done) = (null, $"“{row.Hold.Name}” is lifted.");
        }
    }

    private static string Question(HoldFilter filter, long count) =>
        (filter.IsAll ? "It covers the whole log: " : "")
        + $"{Entries(count)} {(count == 1 ? "matches" : "match")} now. {(count == 1 ? "It" : "They")}, and all that match later, won’t expire, be purged or withheld until the hold is lifted.";

    private static IEnumerable<(string Name, string Value)> Covers(Hold hold)
    {
        (string Name, string? Value)[] all =
        [
            ("from", hold.From is { } from ? Bound(from) : null), ("until before", hold.To is { } to ? Bound(to) : null),
            ("entity type", hold.EntityType), ("action", hold.Action), ("slug", hold.Slug), ("actor", hold.Actor), ("client IP", hold.Ip),
        ];
        var given = all.Where(part => part.Value is not null).Select(part => (part.Name, part.Value!)).ToList();
        return given.Count == 0 ? [("", "the whole log")] : given;
    }

    private static string Bound(DateTimeOffset time) =>
        time.TimeOfDay == TimeSpan.Zero ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : WireTime.Format(time);

    private string LogUrl(Hold hold) => ConsoleUrls.AuditLog(new EntryFilterQuery
    {
        Tenant = Member?.TenantSlug,
        From = hold.From is { } from ? TimeBound.Of(from) : TimeBound.Of(DateOnly.MinValue),
        To = hold.To is { } to ? TimeBound.Of(to) : TimeBound.Of(DateOnly.FromDateTime(Clock.GetUtcNow().UtcDateTime)),
        EntityType = hold.EntityType,
        Action = hold.Action,
        Slug = hold.Slug,
        Actor = hold.Actor,
        Ip = hold.Ip,
    });

    private static string Entries(long count) => $"{Number(count)} {(count == 1 ? "entry" : "entries")}";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
