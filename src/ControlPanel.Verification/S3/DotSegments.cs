namespace ControlPanel.Verification.S3;

/// <summary>The segments that a path-walking upstream would follow out of the bucket.</summary>
internal static class DotSegments
{
    /// <summary>
    /// Whether a decoded path has a segment <c>.</c> or <c>..</c>. The backslash counts as a separator: an upstream
    /// that keeps objects as files on Windows walks with it.
    /// </summary>
    public static bool AreIn(ReadOnlySpan<char> path)
    {
        foreach (var range in path.SplitAny('/', '\\'))
        {
            if (path[range] is "." or "..")
            {
                return true;
            }
        }

        return false;
    }
}
