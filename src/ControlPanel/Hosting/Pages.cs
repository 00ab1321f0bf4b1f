namespace ControlPanel.Hosting;

/// <summary>Maps the panel's pages.</summary>
internal static class Pages
{
    public static void MapPages(this IEndpointRouteBuilder app) =>
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(options =>
            {
                // Our own policy says it already, in the one header that has everything.
                options.ContentSecurityFrameAncestorsPolicy = null;
                // Compressing secrets together with chosen text leaks them by length (BREACH).
                options.DisableWebSocketCompression = true;
            });
}
