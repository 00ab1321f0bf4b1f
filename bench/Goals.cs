using BenchmarkDotNet.Reports;

namespace ControlPanel.Bench;

/// <summary>The goals that the run is held to: time beside the primitive over the same bytes, and no allocation.</summary>
internal static class Goals
{
    private const double MaxRatio = 1.25;

    private static readonly (string Decision, string Primitive)[] s_pairs =
    [
        (nameof(VerifyBenchmarks.BasicAllowed), nameof(VerifyBenchmarks.BasicReusedHmac)),
        (nameof(VerifyBenchmarks.BasicUnknown), nameof(VerifyBenchmarks.BasicReusedHmac)),
        (nameof(VerifyBenchmarks.BasicWrong), nameof(VerifyBenchmarks.BasicReusedHmac)),
        (nameof(VerifyBenchmarks.ModelKey), nameof(VerifyBenchmarks.ModelKeyReusedHmac)),
        (nameof(VerifyBenchmarks.Token), nameof(VerifyBenchmarks.TokenReusedHmac)),
    ];

    /// <summary>Prints one line for each decision and says whether all goals were met.</summary>
    public static bool Print(Summary summary)
    {
        var medians = new Dictionary<string, double>(StringComparer.Ordinal);
        var bytes = new Dictionary<string, long?>(StringComparer.Ordinal);
        foreach (var report in summary.Reports)
        {
            var name = report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
            if (report.ResultStatistics is { } statistics)
            {
                medians[name] = statistics.Median;
                bytes[name] = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase);
            }
        }

        Console.WriteLine();
        Console.WriteLine(
            $"Goal: at most {MaxRatio:F2} x the HMAC with a reused state over the same bytes, 0 B allocated."
        );
        var met = true;
        foreach (var (decision, primitive) in s_pairs)
        {
            if (!medians.TryGetValue(decision, out var time) || !medians.TryGetValue(primitive, out var unavoidable))
            {
                Console.WriteLine($"  {decision, -14} was not measured");
                met = false;
                continue;
            }

            var ratio = time / unavoidable;
            var good = ratio <= MaxRatio && bytes[decision] == 0;
            met &= good;
            Console.WriteLine(
                $"  {decision, -14} {time, 6:F0} ns / {unavoidable, 4:F0} ns = {ratio:F2}, {bytes[decision]} B: "
                    + (good ? "met" : "MISSED")
            );
        }

        return met;
    }
}
