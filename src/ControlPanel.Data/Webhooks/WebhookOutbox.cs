using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Webhooks;

/// <summary>
/// Lays out what receivers are to be told, in the transaction of what it tells of: a change that is undone is not told,
/// and one that is committed is told even when the process ends at that moment.
/// </summary>
internal static class WebhookOutbox
{
    /// <summary>Lays out what a group of audit entries means to the outside. The caller's transaction saves it.</summary>
    public static async Task AddAsync(ControlPanelDb db, IReadOnlyList<AuditEntry> entries, CancellationToken ct)
    {
        var told = entries.Where(e => e.TeamId is not null && WebhookEvents.Of(e.Action) is not null).ToList();
        ILookup<string, AccessKey>? changed = null;
        foreach (var team in told.GroupBy(e => e.TeamId!.Value))
        {
            var endpoints = await EndpointsAsync(db, team.Key, ct);
            foreach (var entry in team)
            {
                var type = WebhookEvents.Of(entry.Action)!;
                if (!endpoints.Exists(e => Wants(e, type)))
                {
                    continue;
                }

                // Asked once: what is changed is in memory, and asking compares all of it with what was read.
                changed ??= db
                    .ChangeTracker.Entries<AccessKey>()
                    .Select(e => e.Entity)
                    .ToLookup(k => k.PublicId, StringComparer.Ordinal);
                foreach (var data in await DataAsync(db, entry, changed, ct))
                {
                    EventPayload.By(data, team.Key, entry.ActorName, entry.Door);
                    Add(db, endpoints, type, entry.At, data);
                }
            }
        }
    }

    /// <summary>The endpoints of a team that are told of anything at all.</summary>
    public static Task<List<WebhookEndpoint>> EndpointsAsync(ControlPanelDb db, Guid team, CancellationToken ct) =>
        db.WebhookEndpoints.AsNoTracking().Where(e => e.TeamId == team && e.IsEnabled).ToListAsync(ct);

    /// <summary>Lays out one event for those of the endpoints that want it.</summary>
    public static void Add(
        ControlPanelDb db,
        IReadOnlyList<WebhookEndpoint> endpoints,
        string type,
        DateTimeOffset at,
        JsonObject data
    )
    {
        var id = NewEventId(at);
        var payload = EventPayload.Of(type, at, data);
        foreach (var endpoint in endpoints)
        {
            if (Wants(endpoint, type))
            {
                db.WebhookDeliveries.Add(New(endpoint, id, type, payload, at));
            }
        }
    }

    /// <summary>A delivery that is due at once.</summary>
    public static WebhookDelivery New(
        WebhookEndpoint endpoint,
        string eventId,
        string type,
        string payload,
        DateTimeOffset at
    ) =>
        new()
        {
            Id = Guid.CreateVersion7(at),
            TeamId = endpoint.TeamId,
            EndpointId = endpoint.Id,
            EventId = eventId,
            Type = type,
            Payload = payload,
            CreatedAt = at,
            NextAttemptAt = at,
        };

    /// <summary>A name for an event; holds no full stop, which separates it from what else is signed.</summary>
    public static string NewEventId(DateTimeOffset at) => $"evt_{Guid.CreateVersion7(at):N}";

    private static bool Wants(WebhookEndpoint endpoint, string type) =>
        endpoint.EventTypes.Split(' ').Contains(type, StringComparer.Ordinal);

    private static async Task<IReadOnlyList<JsonObject>> DataAsync(
        ControlPanelDb db,
        AuditEntry entry,
        ILookup<string, AccessKey> changed,
        CancellationToken ct
    )
    {
        using var details = JsonDocument.Parse(entry.Details.Length > 0 ? entry.Details : "{}");
        switch (entry.Action)
        {
            case "namespace.delete":
                return await KeysOfDeletedAsync(db, entry, ct);
            case "team.require_two_factor":
                return [new JsonObject { ["required"] = details.RootElement.GetProperty("required").GetBoolean() }];
        }

        return entry.TargetKind switch
        {
            "member" => [Person("user_id", entry, details.RootElement)],
            "invitation" => [Person("invitation_id", entry, details.RootElement)],
            "namespace" => [await LegacyAsync(db, entry, details.RootElement, ct)],
            _ => [await KeyAsync(db, entry, changed, details.RootElement, ct)],
        };
    }

    private static JsonObject Person(string idName, AuditEntry entry, JsonElement details)
    {
        var data = new JsonObject { [idName] = entry.TargetId, ["email"] = entry.TargetName };
        foreach (var name in new[] { "role", "from", "to" })
        {
            if (Text(details, name) is { } role)
            {
                data[name] = JsonNamingPolicy.SnakeCaseLower.ConvertName(role);
            }
        }

        return data;
    }

    private static async Task<JsonObject> LegacyAsync(
        ControlPanelDb db,
        AuditEntry entry,
        JsonElement details,
        CancellationToken ct
    )
    {
        var data = new JsonObject { ["family"] = EventPayload.Family(KeyFamily.Functions) };
        EventPayload.AddPlace(data, await SpaceAsync(db, entry.TargetId, ct));
        if (entry.Action == "legacy_credential.import")
        {
            data["name"] = "Legacy credential";
        }
        else if (entry.Action == "legacy_credential.retire")
        {
            data["reason"] = "retired";
        }
        else
        {
            data["cut_off"] = Text(details, "cutOff") is { } at
                ? EventPayload.Instant(DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture))
                : null;
        }

        return data;
    }

    private static async Task<JsonObject> KeyAsync(
        ControlPanelDb db,
        AuditEntry entry,
        ILookup<string, AccessKey> changed,
        JsonElement details,
        CancellationToken ct
    )
    {
        var key = await FindKeyAsync(db, entry, changed, ct);
        // A key that cannot be found must not keep its revocation from being committed.
        var data = key is null
            ? new JsonObject { ["family"] = null, ["key_id"] = entry.TargetId }
            : EventPayload.Key(key, await SpaceAsync(db, key.NamespaceId, ct));
        data["name"] = entry.TargetName;
        if (WebhookEvents.Of(entry.Action) == WebhookEvents.KeyRevoked)
        {
            data["reason"] = Text(details, "reason") ?? "revoked";
        }

        return data;
    }

    private static async Task<AccessKey?> FindKeyAsync(
        ControlPanelDb db,
        AuditEntry entry,
        ILookup<string, AccessKey> changed,
        CancellationToken ct
    )
    {
        if (Guid.TryParse(entry.TargetId, out var id))
        {
            return await db.AccessKeys.FindAsync([id], ct);
        }

        // What was just created is not in the table yet.
        if (changed[entry.TargetId].FirstOrDefault(k => k.TeamId == entry.TeamId) is { } known)
        {
            return known;
        }

        var text = Encoding.UTF8.GetBytes(entry.TargetId);
        var (family, isOne) = FunctionsKeyFormat.TryParse(text, out var lookup)
            ? (KeyFamily.Functions, true)
            : (KeyFamily.Spaces, SpacesKeyFormat.TryParse(text, out lookup));
        var bytes = lookup.ToArray();
        return isOne
            ? await db
                .AccessKeys.AsNoTracking()
                .SingleOrDefaultAsync(k => k.Family == family && k.LookupId == bytes && k.TeamId == entry.TeamId, ct)
            : null;
    }

    private static async Task<IReadOnlyList<JsonObject>> KeysOfDeletedAsync(
        ControlPanelDb db,
        AuditEntry entry,
        CancellationToken ct
    )
    {
        var space = await SpaceAsync(db, entry.TargetId, ct);
        // Revoked with the namespace, in the statement before this.
        var keys = await db
            .AccessKeys.AsNoTracking()
            .Where(k => k.NamespaceId == entry.TargetId && k.RevokedAt == entry.At)
            .Where(k => k.RevokeReason == "namespace_deleted")
            .ToListAsync(ct);
        return
        [
            .. keys.Select(k =>
            {
                var data = EventPayload.Key(k, space);
                data["reason"] = k.RevokeReason;
                return data;
            }),
        ];
    }

    private static async Task<FunctionsNamespace?> SpaceAsync(ControlPanelDb db, string? id, CancellationToken ct) =>
        id is null ? null : await db.Namespaces.FindAsync([id], ct);

    private static string? Text(JsonElement details, string name) =>
        details.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
