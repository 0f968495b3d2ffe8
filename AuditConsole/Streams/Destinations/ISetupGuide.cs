namespace AuditConsole.Streams.Destinations;

/// <summary>A kind for which something is to be set up at the other side first: texts ready to copy, made from what was entered so far.</summary>
public interface ISetupGuide
{
    /// <summary>The texts, in the order in which they are needed; empty where nothing is to be copied.</summary>
    /// <param name="settings">What was entered so far; what is missing stands in capitals in the texts.</param>
    IReadOnlyList<SetupText> SetupTexts(DestinationSettings settings);
}

/// <summary>A text to copy to the other side.</summary>
/// <param name="Title">What it is: <c>Permission policy</c>.</param>
/// <param name="Where">A sentence: where it belongs.</param>
/// <param name="Text">The text.</param>
public sealed record SetupText(string Title, string Where, string Text);
