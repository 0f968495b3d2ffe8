using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace AuditConsole.Withholding;

/// <summary>Says exactly what will be destroyed and what stays, and asks for the reason.</summary>
public sealed partial class WithholdDialog : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private IReadOnlyList<HoldOver>? _holds;
    private string _reason = "";
    private string? _problem;
    private bool _isBusy;

    /// <summary>The entry.</summary>
    [Parameter, EditorRequired]
    public required AuditEntry Entry { get; set; }

    /// <summary>The tenant's slug.</summary>
    [Parameter, EditorRequired]
    public required string Tenant { get; set; }

    /// <summary>Who asks.</summary>
    [Parameter, EditorRequired]
    public required string UserId { get; set; }

    /// <summary>From where.</summary>
    [Parameter, EditorRequired]
    public required Client Client { get; set; }

    [Inject]
    internal WithholdingService Service { get; init; } = default!;

    [Inject]
    internal DialogService Dialogs { get; init; } = default!;

    [Inject]
    internal ILogger<WithholdDialog> Logger { get; init; } = default!;

    private bool IsLooking => _holds is null && _problem is null;

    private IEnumerable<string> Goes
    {
        get
        {
            var content = Entry.Content;
            yield return content.Metadata.IsEmpty ? "the payload (empty)" : "the payload";
            (bool Is, string Name)[] parts =
            [
                (content.Ip is not null, "the client IP"), (content.UserAgent is not null, "the user agent"), (content.Location is not null, "the location"),
                (content.Reasoning is not null, "the reasoning"), (content.Actor.Name is not null, "the actor’s name"),
                (content.Actor.Metadata is not null, "what is said about the actor"), (content.Target.Name is not null, "the entity’s name"),
                (content.Target.Metadata is not null, "what is said about the entity"),
                (content.Targets.Count > 0, content.Targets.Count == 1 ? "1 further entity" : $"{content.Targets.Count} further entities"),
                (content.Signature is not null, "the producer’s signature"),
            ];
            foreach (var (_, name) in parts.Where(part => part.Is))
            {
                yield return name;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    /// <inheritdoc/>
    protected override Task OnInitializedAsync() => LookAsync();

    private Task LookAsync()
    {
        _problem = null;
        return GuardAsync(
            async () => _holds = await Service.FindHoldsOverAsync(UserId, Tenant, Entry.Sequence, _closed.Token),
            "Whether a legal hold covers this entry could not be read, and nothing was changed. Try again; if it fails again, tell whoever runs this console.");
    }

    private async Task WithholdAsync()
    {
        if (_isBusy || _holds is not { Count: 0 })
        {
            return;
        }
        (_isBusy, _problem) = (true, null);
        await GuardAsync(async () =>
        {
            await Service.WithholdAsync(UserId, Tenant, Entry.Sequence, _reason, Client, CancellationToken.None);
            Dialogs.Close(true);
        }, "Something failed on the server. Reload the page to see what is true now, then try again.");
        _isBusy = false;
    }

    private async Task GuardAsync(Func<Task> act, string failed)
    {
        try
        {
            await act();
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            // The dialog is closed.
        }
        catch (Exception refusal) when (refusal is RefusedException or AccessDeniedException)
        {
            _problem = refusal.Message;
        }
        catch (StorageException fault)
        {
            Log.Failed(Logger, fault, Entry.Sequence);
            _problem = fault.PublicMessage;
        }
        catch (Exception failure)
        {
            Log.Failed(Logger, failure, Entry.Sequence);
            _problem = failed;
        }
    }

    private void Close() => Dialogs.Close(false);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The details of entry {Sequence} could not be withheld")]
        public static partial void Failed(ILogger logger, Exception failure, long sequence);
    }
}
