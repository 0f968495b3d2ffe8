using AuditConsole.Identity;
using AuditConsole.Streams.Destinations;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.Streams.Pages;

/// <summary>An Admin page about streams: it asks who looks before every act, and shows what is wrong with a form.</summary>
public abstract class StreamAdminPage : AdminPage
{
    /// <summary>What acts.</summary>
    [Inject]
    protected StreamService Service { get; init; } = default!;

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageStreams;

    /// <summary>What is wrong with what was typed.</summary>
    protected IReadOnlyList<FieldProblem> Problems { get; set; } = [];

    /// <summary>What a check found.</summary>
    protected DeliveryOutcome? Checked { get; set; }

    /// <summary>Who looks, if they may.</summary>
    /// <exception cref="AccessDeniedException">They may not.</exception>
    protected async Task<StreamOwner> OwnerAsync()
    {
        var (userId, client) = await WhoAsync();
        return await Service.EnterAsync(userId, Member?.TenantSlug, client, Gone);
    }

    /// <summary>Does something with what was typed.</summary>
    /// <returns>Whether it was done; if not, <see cref="Problems"/> or the page's own words say why.</returns>
    protected async Task<bool> TryAsync(Func<StreamOwner, Task> act)
    {
        (Problems, Checked) = ([], null);
        var done = await ActAsync(async () =>
        {
            try
            {
                await act(await OwnerAsync());
            }
            catch (InvalidStreamException invalid)
            {
                Problems = invalid.Problems;
            }
        });
        return done && Problems.Count == 0;
    }
}
