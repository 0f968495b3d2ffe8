using AuditConsole.Identity;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Streams.Pages;

/// <summary>The streams of an account and how each goes.</summary>
public sealed partial class StreamsPage : RefreshedAdminPage
{
    [Inject]
    private StreamService Service { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageStreams;

    private IReadOnlyList<StreamView> Streams { get; set; } = [];

    private int Troubled => Streams.Count(stream => stream.Status.State is StreamState.Error or StreamState.Disabled || stream.Status.IsFailing || stream.Status.Warning is not null || stream.Status.DeadLetters > 0);

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, client) = await WhoAsync();
        var owner = await Service.EnterAsync(userId, Member?.TenantSlug, client, Gone);
        Streams = await Service.ListAsync(owner, Gone);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Streams = [];
    }
}
