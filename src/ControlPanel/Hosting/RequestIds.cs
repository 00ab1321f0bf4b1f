namespace ControlPanel.Hosting;

/// <summary>
/// Gives every request an id of our own, on every answer as <c>x-request-id</c>: what a refused caller hands to the
/// key's owner. A client's own header of that name is not believed.
/// </summary>
internal static class RequestIds
{
    public static void UseRequestIds(this IApplicationBuilder app)
    {
        var clock = app.ApplicationServices.GetRequiredService<TimeProvider>();
        app.Use(
            (context, next) =>
            {
                context.TraceIdentifier = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
                Set(context);
                return next(context);
            }
        );
    }

    /// <summary>Sets the header on an answer, also on one whose headers were cleared.</summary>
    public static void Set(HttpContext context) => context.Response.Headers["x-request-id"] = context.TraceIdentifier;
}
