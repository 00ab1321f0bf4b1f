using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>Who still uses the shared credential of a namespace, and the way out of it.</summary>
public sealed partial class LegacyCredentials
{
    [Parameter, EditorRequired]
    public required NamespaceView Namespace { get; set; }

    /// <summary>Called with a name for the key that a caller is to get.</summary>
    [Parameter]
    public EventCallback<string> OnCreateKey { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    private LegacyCredentialView Legacy => Namespace.Legacy;

    private static string NameFor(CallerView caller) =>
        caller.Client.Length > 0 ? $"{caller.Client} at {caller.Address}" : caller.Address;
}
