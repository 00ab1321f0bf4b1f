using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Ends a key that was replaced, by the dialog and the operation of its family.</summary>
public sealed partial class RevokeReplacedDialog
{
    [Parameter, EditorRequired]
    public required KeyFamily Family { get; set; }

    [Parameter, EditorRequired]
    public required ReplacementKey Old { get; set; }

    [Parameter]
    public EventCallback<Receipt> OnRevoked { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required DeleteSpacesKey DeleteSpacesKey { get; init; }

    [Inject]
    public required DeleteModelKey DeleteModelKey { get; init; }

    [Inject]
    public required RevokeToken RevokeToken { get; init; }

    [Inject]
    public required GetSpacesKeyBlastRadius SpacesRadius { get; init; }

    [Inject]
    public required GetModelKeyBlastRadius ModelRadius { get; init; }

    [Inject]
    public required GetTokenBlastRadius TokenRadius { get; init; }
}
