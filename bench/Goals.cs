using BenchmarkDotNet.Reports;

namespace ControlPanel.Bench;

/// <summary>What a benchmark is held to.</summary>
/// <param name="MaxRatio">At most this many times the primitive's time.</param>
/// <param name="MaxBytes">At most this many bytes allocated.</param>
internal sealed record Goal(string Decision, string Primitive, double MaxRatio, long MaxBytes);

/// <summary>The goals that the runs are held to: time beside the primitive over the same bytes, and allocation.</summary>
internal static class Goals
{
    /// <summary>Keys in a header.</summary>
    public static IReadOnlyList<Goal> Keys { get; } =
    [
        new(nameof(VerifyBenchmarks.BasicAllowed), nameof(VerifyBenchmarks.BasicReusedHmac), 1.25, 0),
        new(nameof(VerifyBenchmarks.BasicUnknown), nameof(VerifyBenchmarks.BasicReusedHmac), 1.25, 0),
        new(nameof(VerifyBenchmarks.BasicWrong), nameof(VerifyBenchmarks.BasicReusedHmac), 1.25, 0),
        new(nameof(VerifyBenchmarks.ModelKey), nameof(VerifyBenchmarks.ModelKeyReusedHmac), 1.25, 0),
        new(nameof(VerifyBenchmarks.Token), nameof(VerifyBenchmarks.TokenReusedHmac), 1.25, 0),
    ];

    /// <summary>Signature V4. A presigned request's parameters are decoded into texts of their own, hence its bytes.</summary>
    public static IReadOnlyList<Goal> Signatures { get; } =
    [
        new(nameof(SignatureBenchmarks.Header), nameof(SignatureBenchmarks.HeaderHashing), 1.5, 64),
        new(nameof(SignatureBenchmarks.Presigned), nameof(SignatureBenchmarks.PresignedHashing), 4.5, 512),
    ];

    /// <summary>Prints one line for each decision and says whether all goals were met.</summary>
    public static bool Print(Summary summary, IReadOnlyList<Goal> goals)
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
            "Goals: time beside the hashing over the same bytes with reused states, and bytes allocated."
        );
        var met = true;
        foreach (var (decision, primitive, maxRatio, maxBytes) in goals)
        {
            if (!medians.TryGetValue(decision, out var time) || !medians.TryGetValue(primitive, out var unavoidable))
            {
                Console.WriteLine($"  {decision, -14} was not measured");
                met = false;
                continue;
            }

            var ratio = time / unavoidable;
            var good = ratio <= maxRatio && bytes[decision] <= maxBytes;
            met &= good;
            Console.WriteLine(
                $"  {decision, -14} {time, 6:F0} ns / {unavoidable, 4:F0} ns = {ratio:F2} of {maxRatio:F2}, {bytes[decision]} of {maxBytes} B: "
                    + (good ? "met" : "MISSED")
            );
        }

        return met;
    }
}
