using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ControlPanel.Bench;

// In this process: the usual toolchain would generate and restore a project of its own outside this folder's settings.
var job = Job.MediumRun.WithLaunchCount(1).WithToolchain(InProcessEmitToolchain.Instance);
var summary = BenchmarkRunner.Run<VerifyBenchmarks>(DefaultConfig.Instance.AddJob(job), args);
return Goals.Print(summary) ? 0 : 1;
