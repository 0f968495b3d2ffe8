using System.Buffers;
using AuditConsole.Core;

namespace AuditConsole.Exports;

/// <summary>Wire entries, one a line.</summary>
internal sealed class NdjsonFile(Stream output) : EntryFile
{
    private const int SendAfterBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _waiting = new(SendAfterBytes * 2);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        EntryJson.Write(entry, _waiting);
        _waiting.Write("\n"u8);
        return _waiting.WrittenCount >= SendAfterBytes ? EndAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        await output.WriteAsync(_waiting.WrittenMemory, cancellationToken);
        _waiting.ResetWrittenCount();
    }
}
