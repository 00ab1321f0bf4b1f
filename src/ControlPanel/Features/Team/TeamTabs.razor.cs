using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>The pages about the team. Who may open one alone sees no tabs.</summary>
public sealed partial class TeamTabs
{
    /// <summary>The first tab.</summary>
    public const string Members = "Members";

    /// <summary>The second tab.</summary>
    public const string Webhooks = "Webhooks";

    private static readonly Tab[] s_items = [new(Members, "/team/members"), new(Webhooks, "/team/members/webhooks")];

    [Parameter, EditorRequired]
    public required string Current { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;
}
