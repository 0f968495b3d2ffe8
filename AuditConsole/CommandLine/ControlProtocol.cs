using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace AuditConsole.CommandLine;

/// <summary>
/// How a command travels: one HTTP/2 request whose header holds the arguments and whose body is standard input; the
/// answer's body is a row of frames (kind, length, bytes) as they are written, the exit code last.
/// </summary>
internal static class ControlProtocol
{
    public const string Route = "/command";

    private const string ArgumentsHeader = "X-Arguments";

    private const int HeaderSize = 5;

    private const int MaxFrame = 1024 * 1024;

    public enum Kind : byte
    {
        Out = 1,
        Error = 2,
        Exit = 3,
    }

    public static void SetArguments(HttpRequestMessage request, IReadOnlyList<string> arguments) =>
        request.Headers.Add(ArgumentsHeader, Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(arguments)));

    public static IReadOnlyList<string> GetArguments(HttpRequest request) =>
        JsonSerializer.Deserialize<string[]>(Convert.FromBase64String(request.Headers[ArgumentsHeader].ToString())) ?? [];

    public static async Task WriteAsync(Stream stream, Kind kind, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var frame = new byte[HeaderSize + bytes.Length];
        frame[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(1), bytes.Length);
        bytes.CopyTo(frame.AsMemory(HeaderSize));
        await stream.WriteAsync(frame, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    public static async Task<(Kind Kind, byte[] Bytes)> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderSize];
        await stream.ReadExactlyAsync(header, cancellationToken);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(1));
        if (length is < 0 or > MaxFrame)
        {
            throw new InvalidDataException("The server answered in another version's form.");
        }
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return ((Kind)header[0], bytes);
    }

    /// <summary>A writer whose text goes out as frames of one kind, at every flush.</summary>
    public static TextWriter CreateWriter(Stream stream, Kind kind, SemaphoreSlim turn, CancellationToken cancellationToken) =>
        new StreamWriter(new FrameStream(stream, kind, turn, cancellationToken), new UTF8Encoding(false), 1024) { AutoFlush = true };

    private sealed class FrameStream(Stream stream, Kind kind, SemaphoreSlim turn, CancellationToken ended) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty)
            {
                return;
            }
            await turn.WaitAsync(ended);
            try
            {
                await ControlProtocol.WriteAsync(stream, kind, buffer, ended);
            }
            finally
            {
                turn.Release();
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("Commands write with the asynchronous methods.");

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
