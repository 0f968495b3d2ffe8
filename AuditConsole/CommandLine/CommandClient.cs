using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace AuditConsole.CommandLine;

/// <summary>Sends a command to the server that holds the data directory.</summary>
internal static class CommandClient
{
    /// <summary>Runs the command there.</summary>
    /// <param name="socketPath">Where the server listens, if one runs.</param>
    /// <param name="arguments">The verb and its options.</param>
    /// <param name="input">Sent as standard input, as far as the command reads it.</param>
    /// <param name="output">Receives standard output.</param>
    /// <param name="error">Receives standard error.</param>
    /// <param name="cancellationToken">Cancels the command in the server too.</param>
    /// <returns>The exit code, or null if no server listens.</returns>
    public static async Task<int?> TryRunAsync(
        string socketPath, IReadOnlyList<string> arguments, Stream input, Stream output, Stream error, CancellationToken cancellationToken)
    {
        if (await ConnectAsync(socketPath, cancellationToken) is not { } socket)
        {
            return null;
        }
        var connection = new NetworkStream(socket, ownsSocket: true);
        await using var _ = connection;
        using var handler = new SocketsHttpHandler { ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(connection), UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://audit-console" + ControlProtocol.Route)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StreamContent(input),
        };
        ControlProtocol.SetArguments(request, arguments);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                await WriteLineAsync(error, "The running server doesn't know this command. Restart it with this version, then try again.", cancellationToken);
                return ExitCode.Refused;
            }
            await using var frames = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await CopyAsync(frames, output, error, cancellationToken);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or InvalidDataException && !cancellationToken.IsCancellationRequested)
        {
            await WriteLineAsync(error, "The server ended before the command did. What it had acknowledged stays; run the command again.", cancellationToken);
            return ExitCode.Refused;
        }
    }

    private static async Task<int> CopyAsync(Stream frames, Stream output, Stream error, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (kind, bytes) = await ControlProtocol.ReadAsync(frames, cancellationToken);
            if (kind == ControlProtocol.Kind.Exit)
            {
                return BinaryPrimitives.ReadInt32LittleEndian(bytes);
            }
            var target = kind == ControlProtocol.Kind.Out ? output : error;
            await target.WriteAsync(bytes, cancellationToken);
            await target.FlushAsync(cancellationToken);
        }
    }

    private static async Task<Socket?> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch (SocketException)
        {
            // A killed server leaves its socket file behind; nobody listens on it.
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task WriteLineAsync(Stream stream, string line, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + Environment.NewLine), cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }
}
