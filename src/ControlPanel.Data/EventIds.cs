namespace ControlPanel.Data;

/// <summary>The numbers of the log messages of this room (1000–1999). Never reuse one.</summary>
internal static class EventIds
{
    public const int StoreCannotBeRead = 1000;
    public const int StoreIsBack = 1001;
    public const int UsageNotWritten = 1010;
    public const int RefusalsNotWritten = 1011;
    public const int RefusalsDropped = 1012;
    public const int UsageNotPruned = 1013;
    public const int OperationFailed = 1020;
    public const int SessionActivityNotWritten = 1030;
    public const int AccessWatchCannotLook = 1031;
    public const int AuditAnchored = 1040;
    public const int AuditNotAnchored = 1041;
    public const int NodeNotReported = 1050;
    public const int NodeNotLeft = 1051;
    public const int NodeStruckOff = 1052;
    public const int CannotListen = 1053;
    public const int ExpirationsNotMarked = 1060;
}
