using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Data.Webhooks;

namespace ControlPanel.Features.Team;

/// <summary>What became of deliveries, in the words of the page.</summary>
public static class DeliveryWords
{
    /// <summary>The part of an address that names it in short.</summary>
    public static string Host(string address) => new Uri(address).Authority;

    /// <summary>How a webhook stands.</summary>
    public static string State(WebhookRow webhook) =>
        webhook switch
        {
            { IsGone: true } => "Gone",
            { IsEnabled: false } => "Off",
            { FailingSince: not null } => "Failing",
            _ => "On",
        };

    /// <summary>The chip's colour for it.</summary>
    public static string StateClass(WebhookRow webhook) =>
        webhook switch
        {
            { IsGone: true } => "bad",
            { IsEnabled: false } => "",
            { FailingSince: not null } => "warn",
            _ => "good",
        };

    /// <summary>What came of an attempt.</summary>
    public static string Answer(int? status, DeliveryFault? fault) =>
        (status, fault) switch
        {
            ({ } answer, _) => $"answered {answer}",
            (_, null) => "not tried yet",
            (_, DeliveryFault.AddressRefused) => "its address is not allowed on this server",
            (_, DeliveryFault.NameNotFound) => "its name was not found",
            (_, DeliveryFault.NotReachable) => "nobody listens there",
            (_, DeliveryFault.NotTrusted) => "its certificate is not trusted",
            (_, DeliveryFault.TimedOut) => "no answer in time",
            (_, DeliveryFault.Broken) => "the connection broke",
            (_, DeliveryFault.SecretUnreadable) => "its signing secret cannot be read; roll it",
            (_, DeliveryFault.TurnedOff) => "the webhook was turned off",
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };

    /// <summary>How a delivery stands.</summary>
    public static string State(DeliveryRow delivery) =>
        delivery switch
        {
            { DeliveredAt: not null } => "Delivered",
            { GivenUpAt: not null } => "Given up",
            { LastAttemptAt: not null } => "Failed",
            _ => "Waiting",
        };

    /// <summary>The chip's colour for it.</summary>
    public static string StateClass(DeliveryRow delivery) =>
        delivery switch
        {
            { DeliveredAt: not null } => "good",
            { GivenUpAt: not null } => "bad",
            { LastAttemptAt: not null } => "warn",
            _ => "",
        };
}
