using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ControlPanel.Demo.Models;

/// <summary>What the demo models say.</summary>
internal static class DemoScript
{
    private const int LongestCount = 600;
    private const int Dimensions = 16;

    /// <summary>
    /// The pieces of an answer, in the order in which they are streamed. <c>count to N</c> makes any model count, one
    /// number every quarter of a second: a stream that runs long enough to be cut.
    /// </summary>
    public static (IReadOnlyList<string> Pieces, TimeSpan Pause) Answer(DemoModel model, string prompt)
    {
        const string count = "count to ";
        if (
            prompt.StartsWith(count, StringComparison.OrdinalIgnoreCase)
            && int.TryParse(prompt.AsSpan(count.Length).Trim(), CultureInfo.InvariantCulture, out var last)
            && last > 0
        )
        {
            return (
                [
                    .. Enumerable
                        .Range(1, Math.Min(last, LongestCount))
                        .Select(n => n.ToString(CultureInfo.InvariantCulture) + " "),
                ],
                TimeSpan.FromMilliseconds(250)
            );
        }

        var text =
            model.Voice.Length == 0
                ? prompt
                : $"{model.Voice} This is a scripted demo answer to: {(prompt.Length > 120 ? prompt[..120] + "…" : prompt)}";
        var words = text.Split(' ');
        return ([.. words.Select((w, i) => i == 0 ? w : " " + w)], TimeSpan.FromMilliseconds(15));
    }

    /// <summary>The last thing the user said, of messages in OpenAI's or Anthropic's form.</summary>
    public static string LastPrompt(JsonNode? messages) =>
        messages is JsonArray { Count: > 0 } all
            ? TextOf((all[^1] as JsonObject)?["content"] ?? all[^1])
            : TextOf(messages);

    /// <summary>The text of a string, or of a list of parts.</summary>
    public static string TextOf(JsonNode? content) =>
        content switch
        {
            JsonValue value when value.TryGetValue<string>(out var text) => text,
            JsonArray parts => string.Join(
                ' ',
                parts.Select(p => TextOf((p as JsonObject)?["text"] ?? (p as JsonValue)))
            ),
            _ => "",
        };

    /// <summary>A number of words, which is near enough to tokens here.</summary>
    public static int Count(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    /// <summary>A vector of length one that depends on the text alone.</summary>
    public static float[] Embed(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        var vector = new float[Dimensions];
        for (var i = 0; i < Dimensions; i++)
        {
            vector[i] = ((hash[2 * i] << 8) | hash[(2 * i) + 1]) / 32768f - 1f;
        }

        var length = MathF.Sqrt(vector.Sum(v => v * v));
        return [.. vector.Select(v => v / length)];
    }
}
