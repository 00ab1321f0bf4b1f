using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>Sets the OpenWhisk API behind a namespace.</summary>
public sealed partial class UpstreamSettings
{
    private Refusal? _refusal;
    private string? _url;
    private string? _credential;
    private bool _busy;

    [Parameter, EditorRequired]
    public required NamespaceView Namespace { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required SetNamespaceUpstream Set { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    protected override void OnInitialized() => _url = Namespace.UpstreamUrl;

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
                Namespace.Id,
                _url,
                _credential,
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                _credential = "";
                Notices.Say("Upstream saved. The next call goes there.");
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
