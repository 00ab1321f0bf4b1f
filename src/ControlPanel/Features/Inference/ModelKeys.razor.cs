using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>The model access keys of one tab.</summary>
public sealed partial class ModelKeys
{
    private readonly Column<ModelKeyRow>[] _mine =
    [
        new("Name", s_name, "name", "wrap strong"),
        new("Models", s_models),
        new("VPC Network", s_vpc),
        new("Created", s_created, "created"),
        new("Calls (24 h)", s_calls),
        new("Last used", s_lastUsed, "last_used"),
    ];

    private readonly Column<ModelKeyRow>[] _everybodys =
    [
        new("Name", s_name, "name", "wrap strong"),
        new("Models", s_models),
        new("VPC Network", s_vpc),
        new("Created by", s_createdBy, "created_by", "break"),
        new("Created", s_created, "created"),
        new("Calls (24 h)", s_calls),
        new("Last used", s_lastUsed, "last_used"),
    ];

    private DataTable<ModelKeyRow>? _table;
    private ModelKeyRow? _detailed;
    private IReadOnlyList<ModelKeyRow>? _selected;
    private ModelKeyRow? _renaming;
    private ModelKeyRow? _regenerating;
    private ModelKeyRow? _deleting;
    private OneTimeSecret? _secret;
    private string? _receipt;

    [Parameter, EditorRequired]
    public required ModelKeyTab Tab { get; set; }

    /// <summary>A key is to be made like this one.</summary>
    [Parameter]
    public EventCallback<ModelKeyRow?> OnDuplicate { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ListModelKeys List { get; init; }

    [Inject]
    public required RenameModelKey Rename { get; init; }

    [Inject]
    public required DeleteModelKey Delete { get; init; }

    [Inject]
    public required GetModelKeyBlastRadius GetRadius { get; init; }

    [Inject]
    public required ModelKeySecret Secrets { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    private Column<ModelKeyRow>[] Columns =>
        Tab == ModelKeyTab.Team || (Tab == ModelKeyTab.Legacy && Person.Role == TeamRole.Owner) ? _everybodys : _mine;

    /// <summary>Reads the list again.</summary>
    public Task RefreshAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    private async Task<Outcome<Page<ModelKeyRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), Tab, page, ct);

    private async Task<Refusal?> RenameAsync(ModelKeyRow row, string? name)
    {
        var outcome = await Rename.ExecuteAsync(await Actor.GetActorAsync(), row.Id, name, CancellationToken.None);
        if (outcome.IsDone)
        {
            await RefreshAsync();
        }

        return outcome.Refusal;
    }

    private async Task RevealAsync(NewModelKey made)
    {
        _regenerating = null;
        _secret = await Secrets.ForAsync(
            await Actor.GetActorAsync(),
            made,
            "has a new secret; the old one is refused already"
        );
    }

    private async Task RevealReplacementAsync(Replacement replacement) =>
        _secret = await Secrets.ForAsync(
            await Actor.GetActorAsync(),
            ((Replacement.OfModelKey)replacement).Made,
            "was created"
        );

    private Task HideAsync()
    {
        _secret = null;
        return RefreshAsync();
    }

    private async Task DeletedAsync(Receipt receipt)
    {
        _receipt = $"{_deleting?.Name}: {Receipts.Say("Deleted", receipt)}";
        _deleting = null;
        await RefreshAsync();
        Notices.Say(Receipts.Say("Deleted", receipt));
    }

    private Task RevokedSelectedAsync()
    {
        _selected = null;
        _table?.ClearSelection();
        return RefreshAsync();
    }
}
