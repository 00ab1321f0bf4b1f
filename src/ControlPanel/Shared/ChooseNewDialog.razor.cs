using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Shows what another server has and the panel lacks, and adds what stays ticked.</summary>
public sealed partial class ChooseNewDialog<TItem>
{
    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private IReadOnlyList<TItem>? _found;
    private Refusal? _refusal;
    private bool _busy;

    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>Shown while the server is asked.</summary>
    [Parameter, EditorRequired]
    public required string Asking { get; set; }

    /// <summary>Shown when the panel has everything already.</summary>
    [Parameter, EditorRequired]
    public required string Nothing { get; set; }

    /// <summary>Stands above the list.</summary>
    [Parameter, EditorRequired]
    public required string Intro { get; set; }

    /// <summary>The accessible name of the list.</summary>
    [Parameter, EditorRequired]
    public required string Group { get; set; }

    /// <summary>What is chosen, in the singular: <c>bucket</c>.</summary>
    [Parameter, EditorRequired]
    public required string Noun { get; set; }

    /// <summary>Tells items apart, and is what the person reads.</summary>
    [Parameter, EditorRequired]
    public required Func<TItem, string> NameOf { get; set; }

    /// <summary>A few words beside the name.</summary>
    [Parameter]
    public Func<TItem, string?>? Detail { get; set; }

    /// <summary>Fields below the list, given the refusal to show beside them.</summary>
    [Parameter]
    public RenderFragment<Refusal?>? Further { get; set; }

    /// <summary>The fields whose errors stand beside <see cref="Further"/>.</summary>
    [Parameter]
    public string[] FurtherFields { get; set; } = [];

    /// <summary>Asks the server.</summary>
    [Parameter, EditorRequired]
    public required Func<Actor, Task<Outcome<IReadOnlyList<TItem>>>> Find { get; set; }

    /// <summary>Adds what is ticked, and says how many that were.</summary>
    [Parameter, EditorRequired]
    public required Func<Actor, IReadOnlyList<TItem>, Task<Outcome<int>>> Add { get; set; }

    /// <summary>Called with how many were added.</summary>
    [Parameter]
    public EventCallback<int> OnAdded { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override async Task OnInitializedAsync()
    {
        var outcome = await Find(await Actor.GetActorAsync());
        _found = outcome.Value;
        _refusal = outcome.Refusal;
        _chosen.UnionWith(_found?.Select(NameOf) ?? []);
    }

    private void Tick(string name, bool ticked)
    {
        if (ticked)
        {
            _chosen.Add(name);
        }
        else
        {
            _chosen.Remove(name);
        }
    }

    private async Task AddAsync()
    {
        if (_busy || _found is null)
        {
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Add(
                await Actor.GetActorAsync(),
                [.. _found.Where(item => _chosen.Contains(NameOf(item)))]
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnAdded.InvokeAsync(outcome.Value);
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
