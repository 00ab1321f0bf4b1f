using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>The model servers behind the gateway. Owners only.</summary>
public sealed partial class ModelServersCard
{
    private static readonly Choice[] s_headers =
    [
        new(nameof(UpstreamHeader.Bearer), "Authorization: Bearer"),
        new(nameof(UpstreamHeader.ApiKey), "x-api-key"),
    ];

    private IReadOnlyList<InferenceUpstreamRow>? _servers;
    private InferenceUpstreamRow? _edited;
    private InferenceUpstreamRow? _removing;
    private Refusal? _refusal;
    private string? _name;
    private string? _url;
    private string? _providers;
    private string? _header;
    private string? _credential;
    private string? _error;
    private bool _editing;
    private bool _busy;

    [Inject]
    public required ListInferenceUpstreams List { get; init; }

    [Inject]
    public required SetInferenceUpstream Set { get; init; }

    [Inject]
    public required RemoveInferenceUpstream Remove { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    protected override Task OnInitializedAsync() => RefreshAsync();

    private async Task RefreshAsync() =>
        _servers = (await List.ExecuteAsync(await Actor.GetActorAsync(), CancellationToken.None)).Value ?? [];

    private void Start(InferenceUpstreamRow? row)
    {
        _edited = row;
        _refusal = null;
        (_name, _url, _credential) = (row?.Name, row?.Url, "");
        _providers = row is null ? "" : string.Join(", ", row.Providers);
        _header = (row?.Header ?? UpstreamHeader.Bearer).ToString();
        _editing = true;
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
                _edited?.Id,
                new InferenceUpstreamInput(
                    _name,
                    _url,
                    (_providers ?? "").Split(
                        ',',
                        StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                    ),
                    Enum.Parse<UpstreamHeader>(_header ?? nameof(UpstreamHeader.Bearer)),
                    _credential
                ),
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                _editing = false;
                Notices.Say($"{outcome.Value.Name} was saved. The next call goes there.");
                await RefreshAsync();
            }
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task RemoveAsync()
    {
        var outcome = await Remove.ExecuteAsync(await Actor.GetActorAsync(), _removing!.Id, CancellationToken.None);
        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
        if (outcome.IsDone)
        {
            _removing = null;
            await RefreshAsync();
        }
    }
}
