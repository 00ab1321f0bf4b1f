using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>The members of the team.</summary>
public sealed partial class MembersPage
{
    private readonly Column<MemberRow>[] _columns =
    [
        new("Person", s_person, "email", "wrap strong"),
        new("Role", s_role, "role"),
        new("Two-factor", s_twoFactor),
        new("Last active", s_active, "active"),
        new("Keys held", s_keys),
    ];

    private DataTable<MemberRow>? _table;
    private MemberRow? _changing;
    private MemberRow? _removing;
    private Invitations? _invitations;
    private TwoFactorRule? _twoFactor;
    private string? _receipt;
    private bool _inviting;
    private bool _creating;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ListMembers List { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    protected override async Task OnChangedAsync()
    {
        await (_table?.RefreshAsync() ?? Task.CompletedTask);
        await (_invitations?.RefreshAsync() ?? Task.CompletedTask);
        await (_twoFactor?.RefreshAsync() ?? Task.CompletedTask);
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Explain(TeamRole role) =>
        role switch
        {
            TeamRole.Owner => "Everything: people, networks, the model catalogue, every key.",
            TeamRole.Member => "Makes, changes and deletes resources and keys; sees the team.",
            TeamRole.Modifier => "Makes and changes resources and keys; deletes nothing.",
            TeamRole.ResourceViewer => "Looks at resources and keys; changes nothing.",
            TeamRole.Biller => "Billing only: no resources, no keys.",
            TeamRole.BillingViewer => "Looks at billing only: no resources, no keys.",
            _ => throw new ArgumentOutOfRangeException(nameof(role)),
        };

    private async Task<Outcome<Page<MemberRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), page, ct);

    private Task InvitedAsync()
    {
        _inviting = false;
        return OnChangedAsync();
    }

    private async Task RuleSetAsync(string said)
    {
        Notices.Say(said);
        await OnChangedAsync();
    }

    private async Task ChangedAsync(TeamRole role)
    {
        Notices.Say($"{_changing?.Email} is {Roles.Name(role)} from the next click and call on.");
        _changing = null;
        await OnChangedAsync();
    }

    private async Task RemovedAsync(MemberRemoved done)
    {
        var keys = done.NamespaceKeys + done.Tokens + done.OtherKeys;
        _receipt =
            keys == 0
                ? $"{_removing?.Email} was removed."
                : $"{_removing?.Email} was removed. {(keys == 1 ? "1 key" : $"{keys} keys")}: {Receipts.Revoked(done.Receipt)}";
        _removing = null;
        Notices.Say(_receipt);
        await OnChangedAsync();
    }
}
