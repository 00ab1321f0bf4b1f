namespace ControlPanel.Verification.SigV4;

/// <summary>The <c>Content-Encoding</c> of an upload once its chunks are decoded.</summary>
public static class ContentEncoding
{
    private const string Chunked = "aws-chunked";

    /// <summary>
    /// The value without the token <c>aws-chunked</c>; every other token stays as it was, because it describes the
    /// stored object. <see langword="null"/> when nothing is left: the header must then be dropped.
    /// </summary>
    public static string? WithoutChunked(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var kept = string.Join(
            ", ",
            value
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(token => !token.Equals(Chunked, StringComparison.OrdinalIgnoreCase))
        );
        return kept.Length == 0 ? null : kept;
    }
}
