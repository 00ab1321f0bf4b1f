using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Asks how the narrower key is to be called, and makes it.</summary>
public sealed partial class ReplaceKeyDialog
{
    private Refusal? _refusal;
    private string? _name;
    private string _choice = "";
    private string? _lifetime;
    private bool _busy;

    [Parameter, EditorRequired]
    public required KeyFamily Family { get; set; }

    /// <summary>The key that is to be replaced.</summary>
    [Parameter, EditorRequired]
    public required KeyUsageView Key { get; set; }

    [Parameter, EditorRequired]
    public required Narrowing.Proposal Proposal { get; set; }

    [Parameter]
    public EventCallback<Replacement> OnCreated { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required CreateReplacement Create { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private string Whose
    {
        get
        {
            var other = Key.CreatedBy.Length > 0 ? Key.CreatedBy : "a former member";
            return Family == KeyFamily.Api
                ? $"The new token will be yours and act for you, within your role. The old one acts for {other}."
                : $"The new key will be yours. The old one was created by {other}.";
        }
    }

    protected override void OnInitialized() => _name = Proposal.Name;

    private void Choose((string Choice, string? Lifetime) chosen) => (_choice, _lifetime) = chosen;

    private async Task CreateAsync()
    {
        if (_busy)
        {
            return;
        }

        if (Family == KeyFamily.Api && _choice.Length == 0)
        {
            _refusal = Refusal.Rule("ExpiresIn", "Choose when the token expires.");
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Create.ExecuteAsync(
                await Actor.GetActorAsync(),
                Family,
                Key.Id,
                _name,
                _lifetime,
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnCreated.InvokeAsync(outcome.Value);
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
