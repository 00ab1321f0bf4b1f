namespace ControlPanel.Features.Functions;

/// <summary>The keys of a namespace, its shared credential, and the API behind it.</summary>
public sealed partial class NamespaceSettingsPage
{
    private NamespaceKeys? _keys;

    protected override async Task OnChangedAsync()
    {
        await base.OnChangedAsync();
        if (_keys is not null)
        {
            await _keys.RefreshAsync();
        }
    }
}
