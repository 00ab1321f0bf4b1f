using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>Lists what a removal will end, takes the decisions that it needs, and removes.</summary>
public sealed partial class RemoveMemberDialog
{
    private readonly string _id = $"remove-{Ids.Next()}";
    private readonly HashSet<Guid> _alsoRevoke = [];
    private MemberRemovalPreview? _preview;
    private string? _typed;
    private string? _error;

    [Parameter, EditorRequired]
    public required MemberRow Member { get; set; }

    [Parameter]
    public EventCallback<MemberRemoved> OnRemoved { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required GetMemberRemoval Get { get; init; }

    [Inject]
    public required RemoveMember Remove { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override async Task OnInitializedAsync()
    {
        var outcome = await Get.ExecuteAsync(await Actor.GetActorAsync(), Member.UserId, CancellationToken.None);
        _preview = outcome.Value;
        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
    }

    private void Decide(Guid key, string? decision)
    {
        if (decision == "revoke")
        {
            _alsoRevoke.Add(key);
        }
        else
        {
            _alsoRevoke.Remove(key);
        }
    }

    private async Task RemoveAsync()
    {
        var outcome = await Remove.ExecuteAsync(
            await Actor.GetActorAsync(),
            new MemberRemoval(Member.UserId, _alsoRevoke),
            CancellationToken.None
        );
        if (outcome.IsDone)
        {
            await OnRemoved.InvokeAsync(outcome.Value);
        }
        else
        {
            _error = Refusals.Say(outcome.Refusal);
        }
    }
}
