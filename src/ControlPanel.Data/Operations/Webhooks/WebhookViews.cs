using ControlPanel.Data.Model;
using ControlPanel.Data.Webhooks;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Webhooks;

/// <summary>What a webhook is to be.</summary>
/// <param name="Address">Absolute; HTTPS unless the operator allows otherwise.</param>
/// <param name="Events">Names of <see cref="WebhookEvents.All"/>; at least one.</param>
public sealed record WebhookInput(string? Address, IReadOnlyCollection<string>? Events);

/// <summary>A webhook as lists show it.</summary>
/// <param name="IsGone">Turned off because the receiver answered 410.</param>
/// <param name="LastStatus">The last answer; <see langword="null"/> when none came.</param>
/// <param name="LastFault">Why no answer came to the last attempt; <see langword="null"/> when one did.</param>
/// <param name="OldSecretUntil">Until when the secret before the present one signs as well.</param>
public sealed record WebhookRow(
    Guid Id,
    string Address,
    IReadOnlyList<string> Events,
    bool IsEnabled,
    bool IsGone,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? FailingSince,
    DateTimeOffset? LastAttemptAt,
    int? LastStatus,
    DeliveryFault? LastFault,
    DateTimeOffset? OldSecretUntil
);

/// <summary>A webhook and the secret it signs with from now on; the secret is in here and never again.</summary>
public sealed record NewWebhookSecret(WebhookRow Webhook, Secret Secret);

/// <summary>One event on its way to one receiver, or there.</summary>
/// <param name="NextAttemptAt">When it is tried next; <see langword="null"/> once delivered or given up.</param>
public sealed record DeliveryRow(
    Guid Id,
    string EventId,
    string Type,
    DateTimeOffset CreatedAt,
    int Attempts,
    DateTimeOffset? LastAttemptAt,
    int? LastStatus,
    DeliveryFault? LastFault,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? GivenUpAt
);

/// <summary>What these operations read alike.</summary>
internal static class WebhookQueries
{
    public static Task<WebhookEndpoint?> FindWebhookAsync(
        this OperationContext context,
        Guid id,
        CancellationToken ct
    ) => context.Db.WebhookEndpoints.SingleOrDefaultAsync(e => e.Id == id && e.TeamId == context.TeamId, ct);

    public static async Task<WebhookRow> ToRowAsync(
        this OperationContext context,
        WebhookEndpoint row,
        CancellationToken ct
    ) => ToRow(row, await context.Db.EmailAsync(row.CreatedBy, ct), context.Now);

    public static WebhookRow ToRow(WebhookEndpoint row, string createdBy, DateTimeOffset now) =>
        new(
            row.Id,
            row.Address,
            row.EventTypes.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            row.IsEnabled,
            row.IsGone,
            row.CreatedAt,
            createdBy,
            row.FailingSince,
            row.LastAttemptAt,
            row.LastStatus,
            FaultOf(row.LastFault),
            row.PreviousSecretUntil > now ? row.PreviousSecretUntil : null
        );

    public static DeliveryRow ToRow(WebhookDelivery row) =>
        new(
            row.Id,
            row.EventId,
            row.Type,
            row.CreatedAt,
            row.Attempts,
            row.LastAttemptAt,
            row.LastStatus,
            FaultOf(row.LastFault),
            row.NextAttemptAt,
            row.DeliveredAt,
            row.GivenUpAt
        );

    /// <summary>Checks what was typed.</summary>
    /// <param name="address">The address as it is kept.</param>
    /// <param name="events">The names of the events as they are kept: in the list's order, each once.</param>
    public static Refusal? Check(WebhookInput input, WebhookRules rules, out string address, out string events)
    {
        var errors = new List<FieldError>();
        if (!ReceiverAddress.TryRead(input.Address, rules, out var uri, out var error))
        {
            errors.Add(new FieldError(nameof(input.Address), error));
        }

        var wanted = input.Events ?? [];
        var known = WebhookEvents.All.Select(e => e.Name).Where(wanted.Contains).ToList();
        if (known.Count == 0 || wanted.Any(e => !known.Contains(e)))
        {
            errors.Add(new FieldError(nameof(input.Events), "Choose at least one event."));
        }

        address = uri?.AbsoluteUri ?? "";
        events = string.Join(' ', known);
        return errors.Count > 0 ? new Refusal.Invalid(errors) : null;
    }

    private static DeliveryFault? FaultOf(string text) =>
        Enum.TryParse<DeliveryFault>(text, out var fault) ? fault : null;
}
