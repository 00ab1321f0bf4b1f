using System.Globalization;

namespace ControlPanel.Tests.Unit.Support;

/// <summary>
/// How often the repeated tests repeat. A build runs a small share; <c>CONTROLPANEL_TEST_SCALE=1</c> runs the full
/// number that a promise names, any fraction between runs that share of it.
/// </summary>
internal static class TestScale
{
    private const double Everyday = 0.02;

    private static readonly double s_share = Read();

    /// <summary>The rounds to run now out of the full number; never fewer than 20.</summary>
    public static int Of(int full) => Math.Max(Math.Min(full, 20), (int)(full * s_share));

    private static double Read() =>
        double.TryParse(
            Environment.GetEnvironmentVariable("CONTROLPANEL_TEST_SCALE"),
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out var share
        )
        && share > 0
            ? share
            : Everyday;
}
