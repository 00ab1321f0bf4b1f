using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Tokens;

/// <summary>The person's API tokens; for owners also everybody's.</summary>
public sealed partial class TokensPage
{
    private readonly Column<TokenRow>[] _mine =
    [
        new("Name", s_name, "name", "wrap strong"),
        new("Scopes", s_scopes, Class: "break"),
        new("Created", s_created, "created"),
        new("Expires", s_expires, "expires"),
        new("Calls (24 h)", s_calls),
        new("Last used", s_lastUsed, "last_used"),
        new("Status", s_state),
    ];

    private readonly Column<TokenRow>[] _all =
    [
        new("Name", s_name, "name", "wrap strong"),
        new("Scopes", s_scopes, Class: "break"),
        new("Person", s_owner, Class: "break"),
        new("Created", s_created, "created"),
        new("Expires", s_expires, "expires"),
        new("Calls (24 h)", s_calls),
        new("Last used", s_lastUsed, "last_used"),
        new("Status", s_state),
    ];

    private DataTable<TokenRow>? _table;
    private TokenRow? _detailed;
    private IReadOnlyList<TokenRow>? _selected;
    private TokenRow? _shown;
    private TokenRow? _revoking;
    private OneTimeSecret? _secret;
    private string? _receipt;
    private bool _everybodys;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [SupplyParameterFromQuery(Name = "team")]
    public bool EverybodysInAddress { get; set; }

    [Inject]
    public required ListTokens List { get; init; }

    [Inject]
    public required RevokeToken Revoke { get; init; }

    [Inject]
    public required GetTokenBlastRadius GetRadius { get; init; }

    [Inject]
    public required TokenExamples Examples { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    private Column<TokenRow>[] Columns => _everybodys ? _all : _mine;

    protected override void OnInitialized()
    {
        base.OnInitialized();
        _everybodys = EverybodysInAddress;
    }

    protected override Task OnChangedAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    private async Task<Outcome<Page<TokenRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), page, _everybodys, ct);

    private async Task ShowAsync(bool everybodys)
    {
        _everybodys = everybodys;
        await _table!.FilterChangedAsync(("team", everybodys ? "true" : null));
    }

    private void Reveal(Replacement replacement) => _secret = Examples.Reveal(((Replacement.OfToken)replacement).Made);

    private Task HideAsync()
    {
        _secret = null;
        return OnChangedAsync();
    }

    private async Task RevokedAsync(Receipt receipt)
    {
        _receipt = $"{_revoking?.Name}: {Receipts.Revoked(receipt)}";
        _revoking = null;
        await OnChangedAsync();
        Notices.Say(Receipts.Revoked(receipt));
    }

    private Task RevokedSelectedAsync()
    {
        _selected = null;
        _table?.ClearSelection();
        return OnChangedAsync();
    }
}
