using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace AuditConsole.Sealing;

/// <summary>Asks for the reason, then shows a sealed value once or destroys it.</summary>
public sealed partial class SealedValueDialog : ComponentBase
{
    private OpenedValue? _opened;
    private string _reason = "";
    private string? _problem;
    private bool _isBusy;

    /// <summary>The entry.</summary>
    [Parameter, EditorRequired]
    public required long Sequence { get; set; }

    /// <summary>Which value.</summary>
    [Parameter, EditorRequired]
    public required SealedRow Row { get; set; }

    /// <summary>Whether it is to be destroyed rather than read.</summary>
    [Parameter]
    public bool Destroys { get; set; }

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
    private SealedValueService Service { get; init; } = default!;

    [Inject]
    private DialogService Dialogs { get; init; } = default!;

    [Inject]
    private ILogger<SealedValueDialog> Logger { get; init; } = default!;

    private async Task ActAsync()
    {
        if (_isBusy)
        {
            return;
        }
        (_isBusy, _problem) = (true, null);
        try
        {
            if (Destroys)
            {
                await Service.DestroyAsync(UserId, Tenant, Sequence, Row.Commitment, _reason, Client, CancellationToken.None);
                Dialogs.Close();
            }
            else
            {
                _opened = await Service.OpenAsync(UserId, Tenant, Sequence, Row.Commitment, _reason, Client, CancellationToken.None);
            }
        }
        catch (Exception refusal) when (refusal is RefusedException or AccessDeniedException)
        {
            _problem = refusal.Message;
        }
        catch (StorageException fault)
        {
            Log.Failed(Logger, fault, Sequence);
            _problem = fault.PublicMessage;
        }
        catch (Exception failure)
        {
            Log.Failed(Logger, failure, Sequence);
            _problem = "Something failed on the server. Reload the page to see what is true now, then try again.";
        }
        finally
        {
            _isBusy = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A sealed value of entry {Sequence} could not be read or destroyed")]
        public static partial void Failed(ILogger logger, Exception failure, long sequence);
    }
}
