using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>The access keys of a namespace: everything a person does with them.</summary>
public sealed partial class NamespaceKeys
{
    private readonly Column<NamespaceKeyRow>[] _columns =
    [
        new("Name", s_name, "name", "wrap strong"),
        new("ID", s_id),
        new("Secret", s_secret),
        new("Created by", s_createdBy, "created_by", "break"),
        new("Created", s_created, "created"),
        new("Expires", s_expires, "expires"),
        new("Last used", s_lastUsed, "last_used"),
        new("Status", s_state),
    ];

    private DataTable<NamespaceKeyRow>? _table;
    private NamespaceKeyRow? _detailed;
    private IReadOnlyList<NamespaceKeyRow>? _selected;
    private NamespaceKeyRow? _renaming;
    private NamespaceKeyRow? _revoking;
    private OneTimeSecret? _secret;
    private KeyStatus? _status;
    private string? _suggested;
    private string? _receipt;
    private bool _creating;

    [Parameter, EditorRequired]
    public required string NamespaceId { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [SupplyParameterFromQuery(Name = "status")]
    public string? StatusInAddress { get; set; }

    [Inject]
    public required ListNamespaceKeys List { get; init; }

    [Inject]
    public required RenameNamespaceKey Rename { get; init; }

    [Inject]
    public required SuspendNamespaceKey Suspend { get; init; }

    [Inject]
    public required RevokeNamespaceKey Revoke { get; init; }

    [Inject]
    public required GetNamespaceKeyBlastRadius GetRadius { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required FunctionsExamples Examples { get; init; }

    [Inject]
    public required Browser Browser { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    /// <summary>Opens the dialog, with a name already in it.</summary>
    public void StartCreating(string? name)
    {
        _suggested = name;
        _receipt = null;
        _creating = true;
        StateHasChanged();
    }

    /// <summary>Reads the list again.</summary>
    public Task RefreshAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    // As in the console's lists: enough to tell keys apart, not enough to fill the row.
    internal static string Short(string keyId) => keyId.Length > 13 ? $"{keyId[..13]}…" : keyId;

    protected override void OnInitialized() =>
        _status = Enum.TryParse<KeyStatus>(StatusInAddress, out var status) ? status : null;

    private async Task<Outcome<Page<NamespaceKeyRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), NamespaceId, page, _status, ct);

    private Task FilterAsync(ChangeEventArgs change) =>
        SetStatusAsync(Enum.TryParse<KeyStatus>(change.Value?.ToString(), out var status) ? status : null);

    private async Task SetStatusAsync(KeyStatus? status)
    {
        _status = status;
        await _table!.FilterChangedAsync(("status", status?.ToString()));
    }

    private void Reveal(NewNamespaceKey created)
    {
        _creating = false;
        using var secret = created.Secret;
        var text = secret.Reveal();
        _secret = new OneTimeSecret(
            $"The access key {created.Key.Name} was created.",
            [new SecretValue("Access key ID", created.Key.KeyId), new SecretValue("Secret key", text)],
            Examples.For(NamespaceId, created.Key.KeyId, text),
            $"{NamespaceId}.env"
        );
    }

    private Task HideAsync()
    {
        _secret = null;
        return RefreshAsync();
    }

    private async Task CopyIdAsync(NamespaceKeyRow row)
    {
        if (await Browser.CopyAsync(row.KeyId, default))
        {
            Notices.Say($"Copied the ID of {row.Name}.");
        }
    }

    private async Task<Refusal?> RenameAsync(NamespaceKeyRow row, string? name)
    {
        var outcome = await Rename.ExecuteAsync(
            await Actor.GetActorAsync(),
            NamespaceId,
            row.KeyId,
            name,
            CancellationToken.None
        );
        if (outcome.IsDone)
        {
            await RefreshAsync();
        }

        return outcome.Refusal;
    }

    private async Task SuspendAsync(NamespaceKeyRow row, bool suspended)
    {
        var outcome = await Suspend.ExecuteAsync(
            await Actor.GetActorAsync(),
            NamespaceId,
            row.KeyId,
            suspended,
            CancellationToken.None
        );
        Notices.Say(
            !outcome.IsDone ? Refusals.Say(outcome.Refusal)
            : suspended ? Receipts.Say($"Suspended {row.Name}", outcome.Value)
            : $"Resumed {row.Name}. Its next call is accepted."
        );
        await RefreshAsync();
    }

    private async Task RevokedAsync(Receipt receipt)
    {
        var name = _revoking?.Name;
        _revoking = null;
        await RefreshAsync();
        // On the page until the next change, because a notice passes; announced by the notice.
        _receipt = $"{name}: {Receipts.Revoked(receipt)}";
        Notices.Say(Receipts.Revoked(receipt));
    }

    private Task RevokedSelectedAsync()
    {
        _selected = null;
        _table?.ClearSelection();
        return RefreshAsync();
    }
}
