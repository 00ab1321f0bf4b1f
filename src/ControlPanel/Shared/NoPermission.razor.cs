using ControlPanel.Data.Operations.Teams;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Says which role a page needs and who can give it.</summary>
public sealed partial class NoPermission
{
    private TeamOverview? _team;

    [Parameter, EditorRequired]
    public required string Permission { get; set; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required GetTeamOverview GetTeam { get; init; }

    protected override async Task OnInitializedAsync() =>
        _team = (await GetTeam.ExecuteAsync(await Actor.GetActorAsync(), CancellationToken.None)).Value;
}

/// <summary>Roles as people read them.</summary>
public static class Roles
{
    /// <summary>The role's name.</summary>
    public static string Name(TeamRole role) =>
        role switch
        {
            TeamRole.Owner => "owner",
            TeamRole.Member => "member",
            TeamRole.Modifier => "modifier",
            TeamRole.ResourceViewer => "resource viewer",
            TeamRole.Biller => "biller",
            TeamRole.BillingViewer => "billing viewer",
            _ => throw new ArgumentOutOfRangeException(nameof(role)),
        };

    /// <summary>Which roles carry a permission, as words: <c>the role owner, member or modifier</c>.</summary>
    public static string Needed(string permission)
    {
        var names = Enum.GetValues<TeamRole>().Where(r => RolePermissions.Allows(r, permission)).Select(Name).ToList();
        return names.Count == 1
            ? $"the role {names[0]}"
            : $"the role {string.Join(", ", names.Take(names.Count - 1))} or {names[^1]}";
    }
}
