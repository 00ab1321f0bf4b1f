using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Account;

/// <summary>Recovery codes in the one answer that shows them, with a file that is made of this answer alone.</summary>
public sealed partial class RecoveryCodeList
{
    [Parameter, EditorRequired]
    public required IReadOnlyList<Secret> Codes { get; set; }

    [Parameter, EditorRequired]
    public required string Email { get; set; }

    private string File =>
        "data:text/plain;charset=utf-8,"
        + Uri.EscapeDataString(
            $"ControlPanel recovery codes of {Email}\nEach works once.\n\n"
                + string.Join('\n', Codes.Select(c => c.Reveal()))
                + "\n"
        );
}
