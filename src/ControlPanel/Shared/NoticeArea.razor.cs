using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Where notices appear. Always on the page, because a live region announces only what changes inside of it.</summary>
public sealed partial class NoticeArea : IDisposable
{
    [Inject]
    public required Notices Notices { get; init; }

    public void Dispose() => Notices.Changed -= OnChanged;

    protected override void OnInitialized() => Notices.Changed += OnChanged;

    private void OnChanged() => _ = InvokeAsync(StateHasChanged);
}
