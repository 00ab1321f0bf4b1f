using ControlPanel.Data.Snapshots;

namespace ControlPanel.Hosting;

/// <summary>Whether the process lives, and whether it can say yes to a key.</summary>
internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", static () => Results.Text("live\n"));
        app.MapGet(
            "/health/ready",
            static (KeySnapshots snapshots) =>
                snapshots.IsFresh
                    ? Results.Text("ready\n")
                    : Results.Text("the store cannot be read\n", statusCode: StatusCodes.Status503ServiceUnavailable)
        );
    }
}
