using System.Net;
using System.Xml;
using System.Xml.Linq;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Shared;

/// <summary>Asks S3 stores which buckets they have.</summary>
public sealed partial class BucketStores(UpstreamClient upstreams, TimeProvider clock, ILogger<BucketStores> logger)
{
    private const int MaxAnswer = 8 * 1024 * 1024;
    private const int CouldNotBeAsked = 4210;
    private const int Refused = 4211;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads the names of a store's buckets, as its credential sees them.</summary>
    /// <returns><see langword="null"/> when it gave no list; why is logged.</returns>
    public async Task<IReadOnlyList<string>?> ListAsync(SpacesUpstream store, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(s_patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var signature = new RequestSigner(store.Region).Sign(
            "GET",
            "/",
            [new S3Header("Host", store.Address.Authority)],
            PayloadModes.EmptyHash,
            new UpstreamSecret(store),
            clock.GetUtcNow()
        );
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            store.Address.GetLeftPart(UriPartial.Authority) + "/"
        );
        request.Headers.TryAddWithoutValidation("Authorization", signature.Authorization);
        request.Headers.TryAddWithoutValidation("x-amz-date", signature.AmzDate);
        request.Headers.TryAddWithoutValidation("x-amz-content-sha256", signature.ContentSha256);
        try
        {
            using var response = await upstreams.Invoker.SendAsync(request, both.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Log.RefusedList(logger, store.Address.Authority, (int)response.StatusCode);
                return null;
            }

            await response.Content.LoadIntoBufferAsync(MaxAnswer, both.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(both.Token);
            using var reader = XmlReader.Create(
                stream,
                new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null }
            );
            return
            [
                .. XElement
                    .Load(reader)
                    .Descendants()
                    .Where(e => e.Name.LocalName == "Bucket")
                    .Select(b => b.Elements().FirstOrDefault(e => e.Name.LocalName == "Name")?.Value)
                    .OfType<string>(),
            ];
        }
        catch (Exception e)
            when (e is HttpRequestException or XmlException or IOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            Log.GaveNoList(logger, store.Address.Authority, e.Message);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Refused, LogLevel.Warning, "The store {Store} answered {Status} when asked for its buckets")]
        public static partial void RefusedList(ILogger logger, string store, int status);

        [LoggerMessage(CouldNotBeAsked, LogLevel.Warning, "The store {Store} gave no list of its buckets: {Why}")]
        public static partial void GaveNoList(ILogger logger, string store, string why);
    }
}
