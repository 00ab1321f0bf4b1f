using System.Collections.Frozen;
using System.Net;
using System.Text.Json;
using ControlPanel.Data.Snapshots;

namespace ControlPanel.Gateways.Inference;

/// <summary>
/// The list of models, made here: what the upstreams list, of that what they are asked for, and of that what the key may
/// call. An upstream's own length, tags and pages would not fit any more.
/// </summary>
internal sealed partial class ModelListing(UpstreamClient client, TimeProvider clock, ILogger<ModelListing> logger)
{
    private const int MaxAnswer = 8 * 1024 * 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks every upstream.</summary>
    /// <param name="allowed"><see langword="null"/> means all models.</param>
    /// <returns>The list as JSON; <see langword="null"/> when no upstream answered.</returns>
    public async Task<byte[]?> ReadAsync(InferenceRoutes routes, FrozenSet<string>? allowed, CancellationToken ct)
    {
        var answers = await Task.WhenAll(routes.All.Select(u => AskAsync(u, ct)));
        try
        {
            if (Array.TrueForAll(answers, a => a is null))
            {
                return null;
            }

            using var list = new MemoryStream();
            await using (var json = new Utf8JsonWriter(list))
            {
                json.WriteStartObject();
                json.WriteString("object", "list");
                json.WriteStartArray("data");
                for (var i = 0; i < answers.Length; i++)
                {
                    foreach (var model in Entries(answers[i]))
                    {
                        var id = model.GetProperty("id").GetString()!;
                        if (allowed?.Contains(id) != false && routes.For(id) == routes.All[i])
                        {
                            model.WriteTo(json);
                        }
                    }
                }

                json.WriteEndArray();
                json.WriteBoolean("has_more", value: false);
                json.WriteEndObject();
            }

            return list.ToArray();
        }
        finally
        {
            foreach (var answer in answers)
            {
                answer?.Dispose();
            }
        }
    }

    private async Task<JsonDocument?> AskAsync(InferenceUpstream upstream, CancellationToken ct)
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
            using var response = await client.Invoker.SendAsync(request, both.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Log.UpstreamRefusedList(logger, upstream.Name, (int)response.StatusCode);
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
            Log.UpstreamGaveNoList(logger, upstream.Name, e);
            return null;
        }
    }

    private static IEnumerable<JsonElement> Entries(JsonDocument? answer) =>
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
            EventIds.UpstreamRefusedList,
            LogLevel.Warning,
            "The inference upstream {Upstream} answered {Status} when asked for its models"
        )]
        public static partial void UpstreamRefusedList(ILogger logger, string upstream, int status);

        [LoggerMessage(
            EventIds.UpstreamGaveNoList,
            LogLevel.Warning,
            "The inference upstream {Upstream} gave no list of its models"
        )]
        public static partial void UpstreamGaveNoList(ILogger logger, string upstream, Exception exception);
    }
}
