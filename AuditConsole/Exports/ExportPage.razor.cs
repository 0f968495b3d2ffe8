using System.Globalization;
using System.Text.Json;
using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Exports;

/// <summary>One download: what was asked for, and its receipt.</summary>
public sealed partial class ExportPage : AdminPage
{
    /// <summary>Which.</summary>
    [Parameter]
    public Guid Id { get; set; }

    [Inject]
    internal ExportRecords Records { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.Export;

    private ExportRecord? Export { get; set; }

    private IReadOnlyDictionary<string, string> Filter { get; set; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        Export = await Records.FindAsync(userId, Member?.TenantSlug, Id, Gone);
        Filter = Export is null ? Filter : JsonSerializer.Deserialize<Dictionary<string, string>>(Export.Filter)!;
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Export = null;
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
