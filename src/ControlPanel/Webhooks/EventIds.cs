namespace ControlPanel.Webhooks;

/// <summary>The numbers of the log messages of this room (3200–3299). Never reuse one.</summary>
internal static class EventIds
{
    public const int NotDelivered = 3200;
    public const int QueueUnreachable = 3201;
    public const int AttemptNotNoted = 3202;
}
