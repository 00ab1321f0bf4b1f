using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ControlPanel.Configuration;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.SigV4;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Bench.Gateways;

/// <summary>
/// The product in this process, its gateways in front of an upstream that does nothing, asked in turns:
/// through the gateway, through a bare YARP forwarder, directly. The turns are short, so that what else the machine does falls on all alike; what holds
/// from machine to machine is the ratio.
/// </summary>
internal static class GatewayTimings
{
    public const int ObjectSize = 4 << 20;
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private const int Rounds = 6;
    private const string Bucket = "raw-photos";
    private const string Model = "bench/model";
    private const string Question =
        """{"model":"bench/model","stream":true,"messages":[{"role":"user","content":"hello"}]}""";
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(200);
    private static readonly byte[] s_data = new byte[ObjectSize];
    private static readonly string s_dataHash = Convert.ToHexStringLower(SHA256.HashData(s_data));

    public static async Task<int> RunAsync()
    {
        var data = Directory.CreateTempSubdirectory("controlpanel-bench-").FullName;
        try
        {
            await using var upstream = await PlainUpstream.StartAsync();
            await using var forwarder = await PlainForwarder.StartAsync(upstream.Address);
            await using var app = await ControlPanelApp.BuildAsync(
                new StartOptions
                {
                    Demo = true,
                    DataFolder = data,
                    BasePort = 0,
                }
            );
            await app.StartAsync();
            var key = await PrepareAsync(app, upstream.Address);
            await MeasureAsync(app, forwarder.Address, upstream.Address, key);
            return 0;
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task MeasureAsync(
        ControlPanelApp app,
        Uri forwarder,
        Uri upstream,
        (S3Key Spaces, string Model) key
    )
    {
        using var client = new HttpClient(
            new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1), UseProxy = false }
        );
        var signer = new RequestSigner("nyc3");
        Uri[] ways = [new(app.Addresses.Spaces), forwarder, upstream];

        Task GetAsync(Uri to, string name) =>
            SendAsync(client, Signed(signer, key.Spaces, to, HttpMethod.Get, name, PayloadModes.EmptyHash, body: null));

        Task PutAsync(Uri to, string payload) =>
            SendAsync(client, Signed(signer, key.Spaces, to, HttpMethod.Put, "large", payload, s_data));

        Console.WriteLine("| what | gateway | YARP | upstream alone | gateway / YARP | gateway / alone |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        await CompareAsync("GET 1 KiB, one caller", callers: 1, size: 0, to => GetAsync(to, "small"), ways);
        await CompareAsync("GET 1 KiB, 16 callers", callers: 16, size: 0, to => GetAsync(to, "small"), ways);
        await CompareAsync("GET 4 MiB, 2 callers", callers: 2, ObjectSize, to => GetAsync(to, "large"), ways);
        await CompareAsync("PUT 4 MiB, signed hash", callers: 2, ObjectSize, to => PutAsync(to, s_dataHash), ways);
        await CompareAsync(
            "PUT 4 MiB, unsigned payload",
            callers: 2,
            ObjectSize,
            to => PutAsync(to, PayloadModes.Unsigned),
            ways
        );
        await CompareFirstTokenAsync(client, [new(app.Addresses.Inference), forwarder, upstream], key.Model);
    }

    private static async Task CompareAsync(string what, int callers, int size, Func<Uri, Task> call, Uri[] ways)
    {
        var times = ways.Select(_ => new List<double>()).ToArray();
        var seconds = new double[ways.Length];
        foreach (var way in ways)
        {
            await TurnAsync(call, way, callers, []);
        }

        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < ways.Length; i++)
            {
                seconds[i] += await TurnAsync(call, ways[i], callers, times[i]);
            }
        }

        var rates = times.Select((t, i) => t.Count / seconds[i]).ToArray();
        Print(what, [.. rates.Select(r => Rate(r, size))], rates[0] / rates[1], rates[0] / rates[2]);
        PrintTimes(times);
    }

    // One turn: every caller asks until the time is over. Says how long it took and adds each answer's time.
    private static async Task<double> TurnAsync(Func<Uri, Task> call, Uri to, int callers, List<double> times)
    {
        var clock = Stopwatch.StartNew();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, callers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        List<double> own = [];
                        while (clock.Elapsed < s_turn)
                        {
                            var start = Stopwatch.GetTimestamp();
                            await call(to);
                            own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                        }

                        return own;
                    })
                )
        );
        var seconds = clock.Elapsed.TotalSeconds;
        times.AddRange(answers.SelectMany(o => o));
        return seconds;
    }

    private static async Task CompareFirstTokenAsync(HttpClient client, Uri[] ways, string secret)
    {
        var times = ways.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < 50; round++)
        {
            for (var i = 0; i < ways.Length; i++)
            {
                var time = await FirstTokenAsync(client, ways[i], secret);
                if (round >= 10)
                {
                    times[i].Add(time);
                }
            }
        }

        var middle = times.Select(t => At(t, 0.5)).ToArray();
        Print("time to the first token", [.. middle.Select(Time)], middle[0] / middle[1], middle[0] / middle[2]);
        PrintTimes(times);
    }

    private static async Task<double> FirstTokenAsync(HttpClient client, Uri to, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(to, "/v1/chat/completions"))
        {
            Content = new StringContent(Question, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        var start = Stopwatch.GetTimestamp();
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[256];
        var read = await body.ReadAsync(buffer);
        var first = Stopwatch.GetElapsedTime(start);
        if (!Encoding.UTF8.GetString(buffer, 0, read).Contains("one", StringComparison.Ordinal))
        {
            throw new InvalidOperationException("The stream did not begin with its first token.");
        }

        await body.CopyToAsync(Stream.Null);
        if (Stopwatch.GetElapsedTime(start) - first < Pause / 2)
        {
            throw new InvalidOperationException("The first token came together with the last.");
        }

        return first.TotalMilliseconds;
    }

    private static HttpRequestMessage Signed(
        RequestSigner signer,
        in S3Key key,
        Uri to,
        HttpMethod method,
        string name,
        string payload,
        byte[]? body
    )
    {
        var target = $"/{Bucket}/{name}";
        var signature = signer.Sign(
            method.Method,
            target,
            [new S3Header("Host", to.Authority)],
            payload,
            key,
            TimeProvider.System.GetUtcNow()
        );
        var request = new HttpRequestMessage(method, new Uri(to, target));
        request.Headers.TryAddWithoutValidation("Authorization", signature.Authorization);
        request.Headers.Add("x-amz-date", signature.AmzDate);
        request.Headers.Add("x-amz-content-sha256", signature.ContentSha256);
        request.Content = body is null ? null : new ByteArrayContent(body);
        return request;
    }

    private static async Task SendAsync(HttpClient client, HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            await response.Content.CopyToAsync(Stream.Null);
        }
    }

    private static async Task<(S3Key Spaces, string Model)> PrepareAsync(ControlPanelApp app, Uri upstream)
    {
        var ct = CancellationToken.None;
        await using var db = app.Services.GetRequiredService<IControlPanelStore>().OpenRead();
        var owner = await db.Users.SingleAsync(u => u.Email == "olivia@demo.test", ct);
        var team = await db.Memberships.Where(m => m.UserId == owner.Id).Select(m => m.TeamId).SingleAsync(ct);
        var actor = new Actor(owner.Id, team, Door.System);
        var address = upstream.GetLeftPart(UriPartial.Authority);
        Must(
            await Get<SetSpacesUpstream>(app)
                .ExecuteAsync(actor, new NewSpacesUpstream(address, "bench", "BENCH", "bench-secret", false), ct)
        );
        var servers = Must(await Get<ListInferenceUpstreams>(app).ExecuteAsync(actor, ct));
        Must(
            await Get<SetInferenceUpstream>(app)
                .ExecuteAsync(
                    actor,
                    servers.First(s => s.Providers.Count == 0).Id,
                    new InferenceUpstreamInput("bench", address, [], UpstreamHeader.Bearer, "bench-secret"),
                    ct
                )
        );
        Must(
            await Get<AddModels>(app)
                .ExecuteAsync(actor, [new ModelInput(Model, null, "Bench", null, BatchCapable: false, null)], ct)
        );
        var spaces = Must(
            await Get<CreateSpacesKey>(app)
                .ExecuteAsync(actor, "bench", [new SpacesGrant(Bucket, SpacesGrant.ReadWrite)], ct)
        );
        var model = Must(
            await Get<CreateModelKey>(app)
                .ExecuteAsync(actor, new NewModelKeyRequest("bench", [Model], Batch: false, null), ct)
        );
        await Get<KeySnapshots>(app).RefreshAsync(ct);
        using (spaces.Secret)
        using (model.Secret)
        {
            return (new S3Key(spaces.Key.AccessKeyId, spaces.Secret.Reveal()), model.Secret.Reveal());
        }
    }

    private static T Get<T>(ControlPanelApp app)
        where T : notnull => app.Services.GetRequiredService<T>();

    private static T Must<T>(Outcome<T> outcome) =>
        outcome.IsDone ? outcome.Value : throw new InvalidOperationException(outcome.Refusal.ToString());

    private static void Print(string what, string[] values, double beside, double alone) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {what} | {string.Join(" | ", values)} | {beside:0.00} | {alone:0.00} |"
            )
        );

    private static void PrintTimes(List<double>[] times) =>
        Console.WriteLine(
            $"| … p50 / p99 | {string.Join(" | ", times.Select(t => $"{Time(At(t, 0.5))} / {Time(At(t, 0.99))}"))} | | |"
        );

    private static string Rate(double perSecond, int size) =>
        size == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{perSecond:0}/s")
            : string.Create(CultureInfo.InvariantCulture, $"{perSecond * size / (1 << 20):0} MiB/s");

    private static string Time(double milliseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.00} ms");

    private static double At(List<double> times, double share)
    {
        var sorted = times.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];
    }

    private readonly struct S3Key(string id, string secret) : IS3SecretKey
    {
        public string AccessKeyId => id;

        public long SecretVersion => 1;

        public bool TryGetSecret(Span<byte> destination, out int length) =>
            Encoding.UTF8.TryGetBytes(secret, destination, out length);
    }
}
