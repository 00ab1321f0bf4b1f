using System.Buffers;

namespace ControlPanel.Verification.Inference;

/// <summary>The ids that models of a catalogue can have.</summary>
public static class ModelIds
{
    /// <summary>The longest id, in characters.</summary>
    public const int MaxLength = NamedModel.MaxLength;

    private static readonly SearchValues<char> s_characters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:/@"
    );

    /// <summary>Whether the text can be one: 1 to 256 letters, digits or any of <c>. _ - : / @</c>.</summary>
    public static bool IsUsable(ReadOnlySpan<char> id) =>
        id.Length is > 0 and <= MaxLength && !id.ContainsAnyExcept(s_characters);
}
