namespace ControlPanel.Mail;

/// <summary>The numbers of the log messages of this room (3100–3199). Never reuse one.</summary>
internal static class EventIds
{
    public const int MailFailed = 3100;
    public const int ExpirationsNotMailed = 3101;
}
