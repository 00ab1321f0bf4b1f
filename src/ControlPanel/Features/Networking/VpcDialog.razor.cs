using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Networking;

/// <summary>Creates or changes a network.</summary>
public sealed partial class VpcDialog
{
    private static readonly Choice[] s_regions =
    [
        .. Regions.All.Select(r => new Choice(r.Slug, $"{r.Name} ({r.Slug})")),
    ];

    private readonly string _rangesId = $"ranges-{Ids.Next()}";
    private Refusal? _refusal;
    private string? _name;
    private string? _region;
    private string? _ranges;
    private string _initialRanges = "";
    private string? _description;
    private bool _busy;

    /// <summary>The network to change; <see langword="null"/> creates one.</summary>
    [Parameter]
    public VpcRow? Network { get; set; }

    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required CreateVpc Create { get; init; }

    [Inject]
    public required UpdateVpc Update { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private string? RangesError => Refusals.About(_refusal, "Ranges");

    protected override void OnInitialized()
    {
        if (Network is { } network)
        {
            (_name, _region, _description) = (network.Name, network.Region, network.Description);
            _ranges = _initialRanges = string.Join('\n', network.Ranges);
        }
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
            var input = new VpcInput(_name, _description, _region, (_ranges ?? "").Split('\n', ',', ' '));
            var actor = await Actor.GetActorAsync();
            _refusal = Network is null
                ? (await Create.ExecuteAsync(actor, input, CancellationToken.None)).Refusal
                : (
                    await Update.ExecuteAsync(actor, Network.Id, input, isDefault: null, CancellationToken.None)
                ).Refusal;
            if (_refusal is null)
            {
                await OnSaved.InvokeAsync();
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
