using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Webhooks;

/// <summary>
/// What receivers read: <c>{type, timestamp, data}</c> (Standard Webhooks). Every member is named here: what an operation
/// notes in the audit log beside them does not leave the house.
/// </summary>
internal static class EventPayload
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.Default };

    /// <summary>The body.</summary>
    public static string Of(string type, DateTimeOffset at, JsonObject data) =>
        new JsonObject
        {
            ["type"] = type,
            ["timestamp"] = Instant(at),
            ["data"] = data,
        }.ToJsonString(s_json);

    /// <summary>A key, as a receiver can know it: never more than what lists show.</summary>
    /// <param name="space">The namespace of a Functions key.</param>
    public static JsonObject Key(AccessKey key, FunctionsNamespace? space)
    {
        var isShared = key is { IsLegacy: true, Family: KeyFamily.Functions };
        var data = new JsonObject
        {
            ["family"] = Family(key.Family),
            // As the API names it. What lists show of model keys and tokens names none of them, and the id of a shared
            // credential is half of it.
            ["key_id"] =
                key.Family is KeyFamily.Functions or KeyFamily.Spaces && !isShared ? key.PublicId : key.Id.ToString(),
            ["name"] = isShared ? "Legacy credential" : key.Name,
        };
        AddPlace(data, space);
        if (key.ExpiresAt is { } end)
        {
            data["expires_at"] = Instant(end);
        }

        return data;
    }

    /// <summary>Where it is, for what belongs to a namespace.</summary>
    public static void AddPlace(JsonObject data, FunctionsNamespace? space)
    {
        if (space is not null)
        {
            data["namespace"] = space.Id;
            data["where"] = space.Label;
        }
    }

    /// <summary>Who did it, and by which door.</summary>
    public static JsonObject By(JsonObject data, Guid team, string by, string door)
    {
        data["team"] = team.ToString();
        data["by"] = by;
        data["door"] = door;
        return data;
    }

    /// <summary>An instant, RFC 3339 in UTC.</summary>
    public static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A family in the words of the API.</summary>
    public static string Family(KeyFamily family) => JsonNamingPolicy.SnakeCaseLower.ConvertName(family.ToString());
}
