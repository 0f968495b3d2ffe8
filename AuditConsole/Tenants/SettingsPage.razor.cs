using System.Globalization;
using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Tenants;

/// <summary>Where Admins decide how programs read, how much they may ask, and whether reads are recorded.</summary>
public sealed partial class SettingsPage : AdminPage
{
    [Inject]
    private TenantSettingsService Service { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageSettings;

    private TenantSettings? Settings { get; set; }

    private int? Reads { get; set; }

    private int? Writes { get; set; }

    private bool HasOwnLimits => (Settings?.ReadsPerMinute ?? Settings?.WritesPerMinute) is not null;

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        Settings = await Service.GetAsync(userId, Member?.TenantSlug, Gone);
        (Reads, Writes) = (Settings.ReadsPerMinute, Settings.WritesPerMinute);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Settings = null;
    }

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Most(int service) => ((long)service * TenantSettingsService.MostTimes).ToString(CultureInfo.InvariantCulture);

    private async Task SetReadingAsync(bool on)
    {
        if (!await ConfirmAsync(
            on ? "Turn programmatic reading on?" : "Turn programmatic reading off?",
            on ? "API keys with a reading scope can then read and export this log over HTTP. The change is recorded." : "Every key stops reading at once; producers go on. The change is recorded.",
            on ? "Turn on" : "Turn off"))
        {
            return;
        }
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.SetProgrammaticReadingAsync(userId, Member?.TenantSlug, on, client, Gone);
        });
        if (done)
        {
            Done = on ? "Programmatic reading is on." : "Programmatic reading is off.";
        }
    }

    private async Task SaveLimitsAsync()
    {
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.SetLimitsAsync(userId, Member?.TenantSlug, Reads, Writes, client, Gone);
        });
        if (done)
        {
            Done = "The limits are saved and hold at once.";
        }
    }

    private async Task SetReadLoggingAsync(bool on)
    {
        var done = await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            await Service.SetReadLoggingAsync(userId, Member?.TenantSlug, on, client, Gone);
        });
        if (done)
        {
            Done = on ? "Reads of the log are logged from now on." : "Reads of the log are not logged any more.";
        }
    }
}
