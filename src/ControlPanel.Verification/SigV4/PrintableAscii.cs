using System.Buffers;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// The characters <c>!</c> to <c>~</c>. A search value, because the range search of the class library allocates for
/// short spans of characters.
/// </summary>
internal static class PrintableAscii
{
    private static readonly SearchValues<char> s_characters = SearchValues.Create(
        string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code))
    );

    public static bool IsAllOf(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(s_characters);
}
