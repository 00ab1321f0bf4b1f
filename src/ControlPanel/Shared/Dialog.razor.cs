using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlPanel.Shared;

/// <summary>
/// A modal dialog on the browser's own: focus stays inside, what lies behind is inert, closing gives the focus back.
/// It is open for as long as it is rendered; the page renders it conditionally.
/// </summary>
public sealed partial class Dialog : IAsyncDisposable
{
    private readonly string _titleId = $"dialog-{Ids.Next()}";
    private DotNetObjectReference<Dialog>? _self;
    private ElementReference _dialog;

    /// <summary>The heading and accessible name.</summary>
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    [Parameter]
    public bool IsWide { get; set; }

    /// <summary>Whether it stands at the right side, over the whole height; on a phone over the whole screen.</summary>
    [Parameter]
    public bool IsAtSide { get; set; }

    /// <summary>Whether there is a cross to close it by.</summary>
    [Parameter]
    public bool ShowClose { get; set; } = true;

    /// <summary>Escape, the cross or a click outside. The page decides whether it stops rendering the dialog.</summary>
    [Parameter]
    public EventCallback OnClose { get; set; }

    /// <summary>When set, the content is a form: Enter in a field submits it.</summary>
    [Parameter]
    public EventCallback OnSubmit { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>The buttons, the main one last.</summary>
    [Parameter]
    public RenderFragment? Footer { get; set; }

    [Inject]
    public required Browser Browser { get; init; }

    /// <summary>Called by the script.</summary>
    [JSInvokable]
    public Task AskToClose() => InvokeAsync(() => OnClose.InvokeAsync());

    public async ValueTask DisposeAsync()
    {
        // The element leaves the page with the component; the focus must be back before that.
        await Browser.CloseDialogAsync(_dialog);
        _self?.Dispose();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _self = DotNetObjectReference.Create(this);
            await Browser.OpenDialogAsync(_dialog, _self);
        }
    }
}

/// <summary>Element ids that are unique in this process; nothing is read from them.</summary>
internal static class Ids
{
    private static long s_last;

    public static long Next() => Interlocked.Increment(ref s_last);
}
