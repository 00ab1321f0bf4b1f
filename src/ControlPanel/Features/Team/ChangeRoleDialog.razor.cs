using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>Gives a member another role.</summary>
public sealed partial class ChangeRoleDialog
{
    private static readonly Choice[] s_roles =
    [
        .. Enum.GetValues<TeamRole>().Select(r => new Choice(r.ToString(), Roles.Name(r))),
    ];

    private Refusal? _refusal;
    private string? _role;
    private bool _busy;

    [Parameter, EditorRequired]
    public required MemberRow Member { get; set; }

    /// <summary>Called with the new role.</summary>
    [Parameter]
    public EventCallback<TeamRole> OnChanged { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required ChangeRole Change { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override void OnInitialized() => _role = Member.Role.ToString();

    private async Task SaveAsync()
    {
        if (_busy || !Enum.TryParse<TeamRole>(_role, out var role))
        {
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Change.ExecuteAsync(
                await Actor.GetActorAsync(),
                Member.UserId,
                role,
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnChanged.InvokeAsync(role);
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
