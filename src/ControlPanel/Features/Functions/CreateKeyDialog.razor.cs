using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>Asks for a name and an expiration, and makes the key.</summary>
public sealed partial class CreateKeyDialog
{
    private static readonly Choice[] s_options =
    [
        .. Expirations.Presets,
        new(Expirations.Never, "Never"),
        new(Expirations.Custom, "Custom"),
    ];

    private Refusal? _refusal;
    private string? _name;
    private string _choice = "";
    private string? _lifetime;
    private bool _busy;

    [Parameter, EditorRequired]
    public required string NamespaceId { get; set; }

    /// <summary>The name that stands in the field at first.</summary>
    [Parameter]
    public string? Name { get; set; }

    [Parameter]
    public EventCallback<NewNamespaceKey> OnCreated { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required CreateNamespaceKey Create { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override void OnInitialized() => _name = Name;

    private void Choose((string Choice, string? Lifetime) chosen) => (_choice, _lifetime) = chosen;

    private async Task CreateAsync()
    {
        if (_busy)
        {
            return;
        }

        if (_choice.Length == 0)
        {
            _refusal = Refusal.Rule(nameof(NewKeyRequest.ExpiresIn), "Choose when the key expires.");
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Create.ExecuteAsync(
                await Actor.GetActorAsync(),
                new NewKeyRequest(NamespaceId, _name, _lifetime),
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnCreated.InvokeAsync(outcome.Value);
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
