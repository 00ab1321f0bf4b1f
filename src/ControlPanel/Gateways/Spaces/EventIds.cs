namespace ControlPanel.Gateways.Spaces;

/// <summary>The numbers of the log messages of this room (4100–4199). Never reuse one.</summary>
internal static class EventIds
{
    public const int StoreDoesNotAnswer = 4100;
    public const int StoreRefusesCredential = 4101;
}
