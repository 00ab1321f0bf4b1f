using System.Collections.Concurrent;
using System.Net;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Tests.Unit.Verification.SigV4;
using ControlPanel.Verification.SigV4;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Tests.Unit.Gateways.Spaces;

/// <summary>A request as it reached the store behind.</summary>
internal sealed record StoreRequest(S3RequestHead Head, SignatureVerdict Verdict, byte[] Body, bool IsWhole);

/// <summary>A store behind the gateway that remembers what reached it, to the byte, and answers as it is told.</summary>
internal sealed class RecordingStore : IAsyncDisposable
{
    public const string AccessKeyId = "STOREKEY";
    public const string SecretKey = "store-secret";

    private static readonly SignatureVerifier s_verifier = new(SignatureRules.Default, new SigningKeyCache());

    private readonly WebApplication _app;

    private RecordingStore(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public ConcurrentQueue<StoreRequest> Seen { get; } = new();

    /// <summary>What it answers; 200 and nothing unless set.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = static _ => Task.CompletedTask;

    public static async Task<RecordingStore> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var store = new RecordingStore(app);
        app.Run(store.HandleAsync);
        await app.StartAsync();
        return store;
    }

    /// <summary>Puts it behind the gateway of a panel.</summary>
    public async Task PutBehindAsync(TestPanel panel, string secretKey = SecretKey, bool allowDotSegments = false)
    {
        var outcome = await panel
            .Get<SetSpacesUpstream>()
            .ExecuteAsync(
                panel.Owner,
                new NewSpacesUpstream(
                    Address.GetLeftPart(UriPartial.Authority),
                    "store-1",
                    AccessKeyId,
                    secretKey,
                    allowDotSegments
                ),
                CancellationToken.None
            );
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        await panel.Get<KeySnapshots>().RefreshAsync(CancellationToken.None);
    }

    /// <summary>The one request that reached it since last asked.</summary>
    public StoreRequest Single()
    {
        Assert.True(Seen.TryDequeue(out var request), "Nothing reached the store.");
        Assert.Empty(Seen);
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var head = S3Heads.Of(context);
        var credential = S3CredentialParser.Parse(head, SignatureRules.Default);
        var verdict =
            credential.Kind is S3CredentialKind.V4Header
                ? s_verifier.Verify(
                    head,
                    credential,
                    new OpenKey(AccessKeyId, SecretKey),
                    TimeProvider.System.GetUtcNow()
                )
                : default;
        using var body = new MemoryStream();
        var isWhole = true;
        try
        {
            await context.Request.Body.CopyToAsync(body);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            isWhole = false;
        }

        Seen.Enqueue(new StoreRequest(head, verdict, body.ToArray(), isWhole));
        if (isWhole)
        {
            await Answer(context);
        }
    }
}
