using System.Net;
using System.Text.Json;
using ControlPanel.Data.Snapshots;

namespace ControlPanel.Shared;

/// <summary>Asks model servers which models they have.</summary>
public sealed partial class ModelServers(UpstreamClient upstreams, TimeProvider clock, ILogger<ModelServers> logger)
{
    private const int MaxAnswer = 8 * 1024 * 1024;
    private const int CouldNotBeAsked = 4200;
    private const int Refused = 4201;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads <c>/v1/models</c> of one server.</summary>
    /// <returns><see langword="null"/> when it gave no list; why is logged.</returns>
    public async Task<JsonDocument?> ListAsync(InferenceUpstream upstream, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(s_patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var anthropic = upstream.Header == UpstreamHeader.ApiKey;
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            // Anthropic's list comes in pages of twenty otherwise.
            upstream.Address.GetLeftPart(UriPartial.Path).TrimEnd('/')
                + (anthropic ? "/v1/models?limit=1000" : "/v1/models")
        );
        UpstreamCredential.Add(request, upstream);
        if (anthropic)
        {
            request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        }

        try
        {
            using var response = await upstreams.Invoker.SendAsync(request, both.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Log.RefusedList(logger, upstream.Name, (int)response.StatusCode);
                return null;
            }

            await response.Content.LoadIntoBufferAsync(MaxAnswer, both.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(both.Token);
            return await JsonDocument.ParseAsync(
                stream,
                new JsonDocumentOptions { AllowDuplicateProperties = false },
                both.Token
            );
        }
        catch (Exception e)
            when (e is HttpRequestException or JsonException or IOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            Log.GaveNoList(logger, upstream.Name, e.Message);
            return null;
        }
    }

    /// <summary>The entries of a list that have an id.</summary>
    public static IEnumerable<JsonElement> Entries(JsonDocument? answer) =>
        answer?.RootElement is { ValueKind: JsonValueKind.Object } root
        && root.TryGetProperty("data", out var data)
        && data.ValueKind == JsonValueKind.Array
            ? data.EnumerateArray()
                .Where(m =>
                    m.ValueKind == JsonValueKind.Object
                    && m.TryGetProperty("id", out var id)
                    && id.ValueKind == JsonValueKind.String
                )
            : [];

    private static partial class Log
    {
        [LoggerMessage(
            Refused,
            LogLevel.Warning,
            "The model server {Upstream} answered {Status} when asked for its models"
        )]
        public static partial void RefusedList(ILogger logger, string upstream, int status);

        [LoggerMessage(
            CouldNotBeAsked,
            LogLevel.Warning,
            "The model server {Upstream} gave no list of its models: {Why}"
        )]
        public static partial void GaveNoList(ILogger logger, string upstream, string why);
    }
}
