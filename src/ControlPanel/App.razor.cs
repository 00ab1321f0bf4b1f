using ControlPanel.Hosting;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace ControlPanel;

/// <summary>
/// The document around every page. Pages run over a circuit and are never prerendered: what they show, secrets included,
/// is in no HTML response. Account pages are plain HTTP, because a cookie cannot be set from a circuit.
/// </summary>
public sealed partial class App
{
    [CascadingParameter]
    public required HttpContext Http { get; set; }

    private string? Theme => Http.Request.Cookies["theme"] is "dark" or "light" ? Http.Request.Cookies["theme"] : null;

    private string? Nonce => Http.Items[SecurityHeaders.NonceItem] as string;

    private IComponentRenderMode? PageMode =>
        Http.AcceptsInteractiveRouting() ? new InteractiveServerRenderMode(prerender: false) : null;
}
