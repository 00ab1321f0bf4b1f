using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>The Spaces access keys of the team.</summary>
public sealed partial class SpacesKeysPage
{
    private readonly Column<SpacesKeyRow>[] _columns =
    [
        new("Name", s_name, "name", "wrap strong"),
        new("Access Key ID", s_id),
        new("Access", s_access, Class: "break"),
        new("Created by", s_createdBy, "created_by", "break"),
        new("Created", s_created, "created"),
        new("Calls (24 h)", s_calls),
        new("Last used", s_lastUsed, "last_used"),
    ];

    private DataTable<SpacesKeyRow>? _table;
    private SpacesKeyRow? _detailed;
    private IReadOnlyList<SpacesKeyRow>? _selected;
    private SpacesKeyRow? _editing;
    private SpacesKeyRow? _renaming;
    private SpacesKeyRow? _deleting;
    private OneTimeSecret? _secret;
    private string? _bucket;
    private string? _quota;
    private string? _receipt;
    private bool _creating;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [SupplyParameterFromQuery(Name = "bucket")]
    public string? BucketInAddress { get; set; }

    [Inject]
    public required ListSpacesKeys List { get; init; }

    [Inject]
    public required UpdateSpacesKey Update { get; init; }

    [Inject]
    public required DeleteSpacesKey Delete { get; init; }

    [Inject]
    public required GetSpacesKeyBlastRadius GetRadius { get; init; }

    [Inject]
    public required SpacesExamples Examples { get; init; }

    [Inject]
    public required Browser Browser { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    protected override void OnInitialized()
    {
        base.OnInitialized();
        _bucket = string.IsNullOrEmpty(BucketInAddress) ? null : BucketInAddress;
    }

    protected override Task OnChangedAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    private static string Permission(SpacesGrant grant) =>
        grant.Permission == SpacesGrant.Read ? "Read" : "Read/Write/Delete";

    private static string Access(SpacesKeyRow row) =>
        row.Grants.Count == 0
            ? "nothing."
            : string.Join(", ", row.Grants.Select(g => $"{g.Bucket}: {Permission(g)}")) + ".";

    private async Task<Outcome<Page<SpacesKeyRow>>> LoadAsync(PageRequest page, CancellationToken ct)
    {
        var outcome = await List.ExecuteAsync(
            await Actor.GetActorAsync(),
            page,
            new SpacesKeyFilter(Bucket: _bucket),
            ct
        );
        if (!outcome.IsDone)
        {
            return outcome.Refusal;
        }

        _quota = $"{outcome.Value.Used} of {outcome.Value.Limit} keys used";
        StateHasChanged();
        return new Page<SpacesKeyRow>(outcome.Value.Items, outcome.Value.Total);
    }

    private async Task FilterAsync(string? bucket)
    {
        _bucket = bucket;
        await _table!.FilterChangedAsync(("bucket", bucket));
    }

    private void Reveal(NewSpacesKey created)
    {
        _creating = false;
        _receipt = null;
        using var secret = created.Secret;
        var text = secret.Reveal();
        var key = created.Key;
        _secret = new OneTimeSecret(
            $"The access key {key.Name} was created.",
            [new SecretValue("Access key ID", key.AccessKeyId), new SecretValue("Secret key", text)],
            Examples.For(
                key.AccessKeyId,
                text,
                key.HasFullAccess || key.Grants.Count == 0 ? null : key.Grants[0].Bucket
            ),
            $"{key.AccessKeyId}.env"
        );
    }

    private void RevealReplacement(Replacement replacement) => Reveal(((Replacement.OfSpacesKey)replacement).Made);

    private async Task HideAsync()
    {
        _secret = null;
        await OnChangedAsync();
    }

    private async Task CopyIdAsync(SpacesKeyRow row)
    {
        if (await Browser.CopyAsync(row.AccessKeyId, default))
        {
            Notices.Say($"Copied the ID of {row.Name}.");
        }
    }

    private async Task SavedAsync(SpacesKeyRow row)
    {
        _editing = null;
        Notices.Say(
            row.Grants.Count == 0
                ? $"{row.Name} has no access any more. Its next request is refused."
                : $"The permissions of {row.Name} are in force."
        );
        await OnChangedAsync();
    }

    private async Task<Refusal?> RenameAsync(SpacesKeyRow row, string? name)
    {
        var outcome = await Update.ExecuteAsync(
            await Actor.GetActorAsync(),
            row.AccessKeyId,
            name ?? "",
            grants: null,
            CancellationToken.None
        );
        if (outcome.IsDone)
        {
            await OnChangedAsync();
        }

        return outcome.Refusal;
    }

    private async Task DeletedAsync(Receipt receipt)
    {
        _receipt = $"{_deleting?.Name}: {Receipts.Say("Deleted", receipt)}";
        _deleting = null;
        await OnChangedAsync();
        Notices.Say(Receipts.Say("Deleted", receipt));
    }

    private Task RevokedSelectedAsync()
    {
        _selected = null;
        _table?.ClearSelection();
        return OnChangedAsync();
    }
}
