namespace ControlPanel.Gateways.Inference;

/// <summary>The numbers of the log messages of this room (4200–4299). Never reuse one.</summary>
internal static class EventIds
{
    public const int UpstreamRefusedList = 4200;
    public const int UpstreamGaveNoList = 4201;
}
