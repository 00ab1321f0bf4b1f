using System.Collections.Frozen;
using System.Text.Json;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;

namespace ControlPanel.Gateways.Inference;

/// <summary>
/// The list of models, made here: what the upstreams list, of that what they are asked for, and of that what the key may
/// call. An upstream's own length, tags and pages would not fit any more.
/// </summary>
internal sealed class ModelListing(ModelServers servers)
{
    /// <summary>Asks every upstream.</summary>
    /// <param name="allowed"><see langword="null"/> means all models.</param>
    /// <returns>The list as JSON; <see langword="null"/> when no upstream answered.</returns>
    public async Task<byte[]?> ReadAsync(InferenceRoutes routes, FrozenSet<string>? allowed, CancellationToken ct)
    {
        var answers = await Task.WhenAll(routes.All.Select(u => servers.ListAsync(u, ct)));
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
                    foreach (var model in ModelServers.Entries(answers[i]))
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
}
