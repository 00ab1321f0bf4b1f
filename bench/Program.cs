using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ControlPanel.Bench;

// In this process: the usual toolchain would generate and restore a project of its own outside this folder's settings.
var job = Job.MediumRun.WithLaunchCount(1).WithToolchain(InProcessEmitToolchain.Instance);
var config = DefaultConfig.Instance.AddJob(job);

// One after the other, unless the first word says which.
var (keys, signatures) = args switch
{
    ["keys", ..] => (true, false),
    ["signatures", ..] => (false, true),
    _ => (true, true),
};
var rest = keys && signatures ? args : args[1..];
var met = true;
if (keys)
{
    met &= Goals.Print(BenchmarkRunner.Run<VerifyBenchmarks>(config, rest), Goals.Keys);
}

if (signatures)
{
    met &= Goals.Print(BenchmarkRunner.Run<SignatureBenchmarks>(config, rest), Goals.Signatures);
}

return met ? 0 : 1;
