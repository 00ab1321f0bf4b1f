using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>What the tabs of one namespace share: reading it, and following it.</summary>
public abstract class NamespaceViewBase : LiveView
{
    /// <summary>The namespace's id, from the address.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required GetNamespace Get { get; init; }

    [Inject]
    public required FunctionsExamples Examples { get; init; }

    /// <summary>The namespace; <see langword="null"/> until it was read, or when it may not be.</summary>
    protected NamespaceView? Shown { get; private set; }

    /// <summary>Why it may not be.</summary>
    protected Refusal? Refused { get; private set; }

    protected override Task OnParametersSetAsync() => Shown?.Id == Id ? Task.CompletedTask : OnChangedAsync();

    protected override async Task OnChangedAsync()
    {
        var outcome = await Get.ExecuteAsync(await Actor.GetActorAsync(), Id, Gone);
        Shown = outcome.Value;
        Refused = outcome.Refusal;
    }
}
