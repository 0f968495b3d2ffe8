using AuditConsole.Query;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace AuditConsole.Exports;

/// <summary>Says what a download will leave out, before it does.</summary>
public sealed partial class ExportConfirm : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private DateTimeOffset? _cut;
    private bool _failed;

    /// <summary>The filter, with its tenant.</summary>
    [Parameter, EditorRequired]
    public required EntryFilterQuery Filter { get; set; }

    /// <summary>The newest sequence that counts.</summary>
    [Parameter, EditorRequired]
    public long Snapshot { get; set; }

    /// <summary>How many entries match.</summary>
    [Parameter, EditorRequired]
    public long Count { get; set; }

    /// <summary>The file's format.</summary>
    [Parameter, EditorRequired]
    public ExportFormat Format { get; set; }

    /// <summary>Who asks.</summary>
    [Parameter, EditorRequired]
    public required string UserId { get; set; }

    [Inject]
    internal ExportService Exports { get; init; } = default!;

    [Inject]
    internal DialogService Dialogs { get; init; } = default!;

    [Inject]
    internal ILogger<ExportConfirm> Logger { get; init; } = default!;

    private string Value => Format == ExportFormat.Csv ? "csv" : "json";

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        try
        {
            _cut = await Exports.FindCutAsync(UserId, Filter, Snapshot, _closed.Token);
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
        }
        catch (Exception fault)
        {
            // The download itself says what is wrong; the day is only a help.
            Log.NoCut(Logger, fault);
            _failed = true;
        }
    }

    private void Close() => Dialogs.Close();

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "How far back a cut export reaches could not be read")]
        public static partial void NoCut(ILogger logger, Exception fault);
    }
}
