using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace ControlPanel.Shared;

/// <summary>Shows a new secret once. Closing needs a tick, or a second word; then it is gone from page, component and circuit.</summary>
public sealed partial class OneTimeSecretDialog
{
    private readonly string _useId = $"use-{Ids.Next()}";
    private readonly string _panelId = $"panel-{Ids.Next()}";
    private string? _current;
    private bool _saved;
    private bool _leaving;

    /// <summary>What to show; emptied by this dialog when it closes.</summary>
    [Parameter, EditorRequired]
    public required OneTimeSecret Secret { get; set; }

    /// <summary>The dialog is done: stop rendering it.</summary>
    [Parameter]
    public EventCallback OnDone { get; set; }

    [Inject]
    public required Browser Browser { get; init; }

    private Snippet? Current =>
        Secret.Snippets.FirstOrDefault(s => s.Tab == _current)
        ?? (Secret.Snippets.Count > 0 ? Secret.Snippets[0] : null);

    private string TabId(Snippet snippet) => $"{_panelId}-{Secret.Snippets.ToList().IndexOf(snippet)}";

    private void AskToLeave() => _leaving = true;

    private void AskBeforeNavigation(LocationChangingContext context)
    {
        if (Secret.Values.Count > 0)
        {
            context.PreventNavigation();
            _leaving = true;
            StateHasChanged();
        }
    }

    private async Task MoveAsync(KeyboardEventArgs key)
    {
        var step = key.Key switch
        {
            "ArrowRight" => 1,
            "ArrowLeft" => -1,
            _ => 0,
        };
        if (step == 0 || Current is not { } current)
        {
            return;
        }

        var all = Secret.Snippets.ToList();
        var next = all[(all.IndexOf(current) + step + all.Count) % all.Count];
        _current = next.Tab;
        StateHasChanged();
        await Browser.FocusAsync(TabId(next));
    }

    private async Task DownloadAsync() => await Browser.DownloadAsync(Secret.FileName, Secret.EnvFile);

    private Task FinishAsync()
    {
        Secret.Forget();
        return OnDone.InvokeAsync();
    }
}
