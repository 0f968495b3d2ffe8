using System.Text;
using Microsoft.Extensions.Logging;

namespace AuditConsole.Tests;

/// <summary>What was logged, with the faults.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly StringBuilder _text = new();

    /// <summary>A line was logged.</summary>
    public event Action<string>? Logged;

    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = formatter(state, exception);
        lock (_text)
        {
            _text.AppendLine(line).AppendLine(exception?.ToString());
        }
        Logged?.Invoke(line);
    }

    public void Dispose()
    {
    }
}
