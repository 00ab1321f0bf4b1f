using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>Whether the team requires a second factor; an owner turns it on and off after reading what follows.</summary>
public sealed partial class TwoFactorRule
{
    private readonly string _id = $"two-factor-{Ids.Next()}";
    private TwoFactorRequirement? _rule;
    private bool? _asked;
    private string? _error;

    // A switch that was clicked shows its new state by itself; a new key puts it back to what is true.
    private int _shown;

    /// <summary>It was turned on or off; says what that came to.</summary>
    [Parameter]
    public EventCallback<string> OnSet { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required GetTwoFactorRequirement Get { get; init; }

    [Inject]
    public required RequireTwoFactor Require { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    /// <summary>Reads it again.</summary>
    public async Task RefreshAsync()
    {
        _rule = (await Get.ExecuteAsync(await Actor.GetActorAsync(), CancellationToken.None)).Value;
        StateHasChanged();
    }

    protected override Task OnInitializedAsync() => RefreshAsync();

    private static string Standing(TwoFactorRequirement rule) =>
        (rule.IsRequired, rule.Without) switch
        {
            (true, 0) => "Required. Every member has a second factor.",
            (true, 1) => "Required. 1 member has not signed in since and sets one up at the next sign-in.",
            (true, var n) => $"Required. {n} members have not signed in since and set one up at the next sign-in.",
            (false, 0) => "Not required, and every member has a second factor.",
            (false, 1) => "Not required. 1 member signs in with a password alone.",
            (false, var n) => $"Not required. {n} members sign in with a password alone.",
        };

    private static bool IsOutOfReach(TwoFactorRequirement rule) => !rule.IsRequired && !rule.HaveOne;

    private void Ask(ChangeEventArgs e)
    {
        _asked = e.Value is true;
        _error = null;
    }

    private void Cancel()
    {
        _asked = null;
        _shown++;
    }

    private async Task SetAsync()
    {
        if (_asked is not { } on)
        {
            return;
        }

        var outcome = await Require.ExecuteAsync(await Actor.GetActorAsync(), on, CancellationToken.None);
        if (!outcome.IsDone)
        {
            _error = Refusals.Say(outcome.Refusal);
            return;
        }

        Cancel();
        await RefreshAsync();
        await OnSet.InvokeAsync(
            (on, outcome.Value) switch
            {
                (false, _) => "Two-factor authentication is not required any more.",
                (true, 0) => "Two-factor authentication is required. Nobody was signed out.",
                (true, 1) => "Two-factor authentication is required. 1 session without it was ended.",
                (true, var n) => $"Two-factor authentication is required. {n} sessions without it were ended.",
            }
        );
    }
}
