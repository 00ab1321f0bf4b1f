using Microsoft.AspNetCore.Components;

namespace ControlPanel.Layout;

/// <summary>The frame of the account pages: a card, no menu, no circuit.</summary>
public sealed partial class AccountLayout
{
    [Inject]
    public required NavigationManager Navigation { get; init; }

    private bool IsWide =>
        Navigation.ToBaseRelativePath(Navigation.Uri).StartsWith("account/security", StringComparison.Ordinal);
}
