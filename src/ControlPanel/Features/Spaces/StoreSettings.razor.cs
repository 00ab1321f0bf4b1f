using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>Points the team's buckets at an S3 store. Owners only.</summary>
public sealed partial class StoreSettings
{
    private Refusal? _refusal;
    private string? _url;
    private string? _region = "us-east-1";
    private string? _keyId;
    private string? _secret;
    private bool _allowDotSegments;
    private bool _isSet;
    private bool _loaded;
    private bool _busy;

    [Inject]
    public required GetSpacesUpstream Get { get; init; }

    [Inject]
    public required SetSpacesUpstream Set { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    protected override async Task OnInitializedAsync()
    {
        if ((await Get.ExecuteAsync(await Actor.GetActorAsync(), CancellationToken.None)).Value is { } store)
        {
            (_url, _region, _keyId) = (store.Url, store.Region, store.AccessKeyId);
            _allowDotSegments = store.AllowDotSegments;
            _isSet = true;
        }

        _loaded = true;
    }

    private async Task SaveAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Set.ExecuteAsync(
                await Actor.GetActorAsync(),
                new NewSpacesUpstream(_url, _region, _keyId, _secret, _allowDotSegments),
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                _secret = "";
                _isSet = true;
                Notices.Say("Store saved. The next request goes there.");
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
