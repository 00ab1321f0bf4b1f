using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Where a key is in its life, in the words of the Status column.</summary>
public sealed partial class StatusChip
{
    [Parameter, EditorRequired]
    public required KeyStatus Status { get; set; }

    private string Text => Say(Status);

    private string Class =>
        Status switch
        {
            KeyStatus.Active => "good",
            KeyStatus.ExpiresSoon or KeyStatus.Suspended => "warn",
            _ => "bad",
        };

    /// <summary>The status as people read it.</summary>
    public static string Say(KeyStatus status) =>
        status switch
        {
            KeyStatus.Active => "Active",
            KeyStatus.ExpiresSoon => "Expires soon",
            KeyStatus.Expired => "Expired",
            KeyStatus.Suspended => "Suspended",
            _ => throw new ArgumentOutOfRangeException(nameof(status)),
        };
}
