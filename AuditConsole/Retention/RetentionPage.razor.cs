using System.Globalization;
using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Retention;

/// <summary>How long entries live, and what the next purge would do.</summary>
public sealed partial class RetentionPage : AdminPage
{
    private const int RangesShown = 30;

    [Inject]
    private PurgePreviews Previews { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageRetention;

    private PurgePreview? Preview { get; set; }

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        Preview = await Previews.ReadAsync(userId, Member?.TenantSlug, Gone);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Preview = null;
    }

    private static string Range(SequenceRange range) => range.First == range.Last
        ? string.Create(CultureInfo.InvariantCulture, $"#{range.First:N0}")
        : string.Create(CultureInfo.InvariantCulture, $"#{range.First:N0}–#{range.Last:N0}");

    private static string Entries(long count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "entry" : "entries")}");
}
