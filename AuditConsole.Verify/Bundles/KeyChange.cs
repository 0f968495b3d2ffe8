using System.Globalization;
using AuditConsole.Core.Evidence;
using AuditConsole.Verify.Input;
using AuditConsole.Verify.Reports;

namespace AuditConsole.Verify.Bundles;

/// <summary>
/// Verifies the note with which a key of a service names the next one. What else was given is not verified with the new
/// key: keys come from <c>--key</c> alone.
/// </summary>
internal static class KeyChange
{
    private const int MostBytes = 64 * 1024;

    /// <summary>Verifies the note.</summary>
    /// <exception cref="UnreadableException">It isn't one.</exception>
    public static void Verify(InputFile file, Trust trust, Report report)
    {
        SignedNote note;
        CheckpointKey next;
        string service;
        DateTimeOffset time;
        try
        {
            note = SignedNote.Parse(file.ReadText(MostBytes));
            if (note.Lines is not [var name, ['k', 'e', 'y', ' ', .. var key], ['t', 'i', 'm', 'e', ' ', .. var milliseconds]]
                || !long.TryParse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var at) || milliseconds.Length > 14)
            {
                throw new FormatException("it doesn't have the three lines of a note of a new key.");
            }
            (service, next, time) = (name, CheckpointKey.Parse(key), DateTimeOffset.FromUnixTimeMilliseconds(at));
            if (next.Name != service)
            {
                throw new FormatException("the new key is not one of the service that it names.");
            }
        }
        catch (FormatException fault)
        {
            throw new UnreadableException($"{file.Name} can't be read as the note of a new key: {fault.Message}", inner: fault);
        }
        report.Fact("service", service);
        report.Fact("new key", next.IdText);
        if (trust.Check(note, service, "The note of the new key", report))
        {
            report.Proved.Add(string.Create(
                CultureInfo.InvariantCulture, $"The given key names key {next.IdText} as the next key of {service}, from {time:yyyy-MM-dd HH:mm:ss} UTC on. To verify what that key signed, give it with --key as well: {next.ToLine(service)}"));
        }
    }
}
