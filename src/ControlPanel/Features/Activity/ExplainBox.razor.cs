using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Activity;

/// <summary>Looks up why a call was refused, by the id its caller was told.</summary>
public sealed partial class ExplainBox
{
    private readonly string _id = $"explain-{Ids.Next()}";
    private RequestExplanation? _found;
    private string? _requestId;
    private string? _error;
    private string? _asked;

    /// <summary>An id to look up at once.</summary>
    [Parameter]
    public string? Id { get; set; }

    [Inject]
    public required ExplainRequest Explain { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override async Task OnParametersSetAsync()
    {
        if (!string.IsNullOrEmpty(Id) && Id != _asked)
        {
            _requestId = _asked = Id;
            await ExplainAsync();
        }
    }

    private async Task ExplainAsync()
    {
        if (string.IsNullOrWhiteSpace(_requestId))
        {
            _error = "Enter a request ID.";
            return;
        }

        var outcome = await Explain.ExecuteAsync(
            await Actor.GetActorAsync(),
            _requestId.Trim(),
            CancellationToken.None
        );
        _found = outcome.Value;
        _error = outcome.Refusal switch
        {
            null => null,
            Refusal.Missing =>
                "No refused call with this ID concerns you: it was allowed, is older than the log keeps, or belongs to others.",
            var refusal => Refusals.Say(refusal),
        };
    }
}
