using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Usage;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Gateways;

/// <summary>A flood of refused calls at a door, over real sockets.</summary>
public sealed class FloodTests(TestPanel panel, ITestOutputHelper output) : IClassFixture<TestPanel>
{
    private const int Attackers = 16;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The full size is 100,000 calls, with <c>CONTROLPANEL_TEST_SCALE=1</c>.</summary>
    [Fact]
    public async Task A_flood_of_refused_calls_leaves_memory_and_store_bounded_and_other_callers_unharmed()
    {
        var victim = await panel.IssueKeyAsync();
        var bystander = await panel.IssueKeyAsync();
        using var flood = new HttpClient { BaseAddress = panel.Functions };
        using var calm = panel.FunctionsClient(bystander);
        // Connections, pools and code of both sides are there before anything is measured.
        await RefuseAsync(flood, victim.Id, from: 0, count: 200, share: Attackers);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(calm));
        await panel.Get<RefusalLog>().FlushAsync(Ct);
        var (rowsBefore, memoryBefore, bytesBefore) = (await RowsAsync(), Memory(), StoreBytes());

        var calls = TestScale.Of(100_000);
        using var over = new CancellationTokenSource();
        var others = AskUntilAsync(calm, over.Token);
        var start = Stopwatch.GetTimestamp();
        await RefuseAsync(flood, victim.Id, from: 1_000, count: calls, share: Attackers);
        var took = Stopwatch.GetElapsedTime(start);
        await over.CancelAsync();
        var latencies = await others;
        await panel.Get<RefusalLog>().FlushAsync(Ct);
        var (rows, memory, bytes) = (await RowsAsync(), Memory() - memoryBefore, StoreBytes() - bytesBefore);

        var flushes = (long)Math.Ceiling(took / RefusalLog.FlushInterval) + 2;
        Assert.InRange(rows - rowsBefore, 1, RefusalLog.MaxGathered * flushes);
        // Noise without a key is one line for each reason and flush, however much of it there is.
        await using (var db = panel.Get<IControlPanelStore>().OpenRead())
        {
            Assert.InRange(await db.RefusedUses.CountAsync(r => r.KeyId == null, Ct), 1, (4 * (flushes + 3)));
        }

        Assert.InRange(memory, long.MinValue, 32L << 20);
        Assert.InRange(bytes, long.MinValue, (32L << 20) + (new RetentionRules().RefusedUses * 600L));
        Assert.NotEmpty(latencies);
        Assert.InRange(latencies[(int)(latencies.Count * 0.99)], TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(calm));
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{calls} refused in {took.TotalSeconds:0.0} s; {rows - rowsBefore} rows, memory {memory / 1024} KiB, "
                    + $"store {bytes / 1024} KiB; others: {latencies.Count} calls, all answered, median "
                    + $"{latencies[latencies.Count / 2].TotalMilliseconds:0.0} ms, 99 % "
                    + $"{latencies[(int)(latencies.Count * 0.99)].TotalMilliseconds:0.0} ms"
            )
        );
    }

    private static async Task RefuseAsync(HttpClient client, string knownId, int from, int count, int share)
    {
        var next = from;
        await Task.WhenAll(
            Enumerable
                .Range(0, share)
                .Select(async _ =>
                {
                    for (
                        var i = Interlocked.Increment(ref next);
                        i <= from + count;
                        i = Interlocked.Increment(ref next)
                    )
                    {
                        using var request = new HttpRequestMessage(
                            HttpMethod.Get,
                            $"/api/v1/namespaces/_/actions/a{i}?q={i}"
                        );
                        if (Credential(i, knownId) is { } credential)
                        {
                            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credential);
                        }

                        using var response = await client.SendAsync(request, Ct);
                        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
                    }
                })
        );
    }

    private static string? Credential(int i, string knownId)
    {
        var random = new SystemSecretSource();
        using var secret = FunctionsKeyFormat.NewSecret(random);
        return (i % 4) switch
        {
            0 => null,
            1 => "%%%",
            2 => Encode($"{FunctionsKeyFormat.Format(FunctionsKeyFormat.NewId(random))}:{secret.Reveal()}"),
            _ => Encode($"{knownId}:{secret.Reveal()}"),
        };
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private static async Task<List<TimeSpan>> AskUntilAsync(HttpClient client, CancellationToken over)
    {
        var latencies = new List<TimeSpan>();
        while (!over.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
            latencies.Add(Stopwatch.GetElapsedTime(start));
        }

        latencies.Sort();
        return latencies;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/api/v1/namespaces", Ct);
        return response.StatusCode;
    }

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    private long StoreBytes() =>
        Directory.EnumerateFiles(panel.Data, "controlpanel.db*").Sum(f => new FileInfo(f).Length);

    private async Task<long> RowsAsync()
    {
        await using var db = panel.Get<IControlPanelStore>().OpenRead();
        return await db.RefusedUses.LongCountAsync(Ct);
    }
}
