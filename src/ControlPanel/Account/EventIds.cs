namespace ControlPanel.Account;

/// <summary>The numbers of the log messages of this room (3000–3099). Never reuse one.</summary>
internal static class EventIds
{
    public const int WrongPassword = 3000;
    public const int WrongSetUpCode = 3001;
    public const int SetUpDone = 3002;
    public const int PasskeyRefused = 3003;
}
