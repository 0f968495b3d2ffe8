using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Storage;

namespace AuditConsole.Redaction;

/// <summary>Runs rules over a sample: an entry as a producer sends it, a metadata object, or plain text.</summary>
internal static class RedactionTrial
{
    private static readonly JsonSerializerOptions ForPeople = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The sample as it would be recorded.</summary>
    /// <exception cref="RefusedException">It is JSON that could not be recorded.</exception>
    public static TrialResult Run(RuleSet rules, string sample)
    {
        if (!sample.AsSpan().TrimStart().StartsWith('{'))
        {
            var (text, found) = EntryRedactor.Apply(rules, sample, Pretend);
            return new TrialResult(text, [.. found.Select(finding => $"{finding.Rule}{Verb(finding)}")]);
        }
        using var document = Parse(sample);
        var root = document.RootElement;
        var errors = new List<FieldError>();
        var isEntry = root.TryGetProperty("action", out _) && root.TryGetProperty("actor", out _);
        var entry = isEntry
            ? EntryParser.Parse(root, "", errors) ?? throw new RefusedException($"The sample is no entry: {errors[0].Field} {errors[0].Message}.")
            : new NewEntry { Action = "A", Actor = new Actor("T", "I"), Target = new Resource("T", "I"), Metadata = Metadata(root) };
        var (redacted, findings) = EntryRedactor.Apply(rules, entry, Pretend);
        return new TrialResult(
            Indent(isEntry ? EntryText.Details(redacted) : redacted.Metadata.Utf8), [.. findings.Select(finding => $"{finding.Rule} at {finding.Path}{Verb(finding)}")]);
    }

    private static string Verb(Finding finding) => finding.Sealed is null ? "" : " (sealed)";

    private static JsonDocument Parse(string sample)
    {
        try
        {
            return JsonDocument.Parse(sample, EntryParser.DocumentOptions);
        }
        catch (JsonException fault)
        {
            throw new RefusedException($"The sample begins like JSON and is none: reading stopped at line {fault.LineNumber + 1}, character {fault.BytePositionInLine + 1}.");
        }
    }

    private static CanonicalObject Metadata(JsonElement root)
    {
        try
        {
            return CanonicalObject.From(root);
        }
        catch (CanonicalJsonException refused)
        {
            throw new RefusedException($"The sample could not be recorded: {refused.Message}.");
        }
    }

    private static string Indent(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement, ForPeople);
    }

    private static SealedValue Pretend(string rule, string path, ReadOnlySpan<byte> value) =>
        new(SealedCommitment.Of(new byte[SealedCommitment.SaltSize], value), rule, path, [], [], []);
}
