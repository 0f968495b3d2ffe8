namespace AuditConsole.Streams.Pages;

/// <summary>The streams of an account and how each goes.</summary>
public sealed partial class StreamsPage : StreamAdminPage
{
    private IReadOnlyList<StreamView> Streams { get; set; } = [];

    private int Troubled => Streams.Count(stream => stream.Status.State is StreamState.Error or StreamState.Disabled || stream.Status.IsFailing || stream.Status.Warning is not null || stream.Status.DeadLetters > 0);

    /// <inheritdoc/>
    protected override bool IsRefreshed => true;

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        Streams = await Service.ListAsync(await OwnerAsync(), Gone);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        Streams = [];
    }
}
