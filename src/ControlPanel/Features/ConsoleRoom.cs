using ControlPanel.Features.Activity;
using ControlPanel.Features.Functions;
using ControlPanel.Features.Inference;
using ControlPanel.Features.Overview;
using ControlPanel.Features.Spaces;
using ControlPanel.Features.Tokens;
using ControlPanel.Shared;

namespace ControlPanel.Features;

/// <summary>What the pages need beyond the operations.</summary>
internal static class ConsoleRoom
{
    /// <summary>Registers it.</summary>
    public static IServiceCollection AddConsole(this IServiceCollection services) =>
        services
            .AddScoped<Browser>()
            .AddScoped<Notices>()
            .AddSingleton<CommandLines>()
            .AddSingleton<FunctionsExamples>()
            .AddSingleton<SpacesExamples>()
            .AddSingleton<InferenceExamples>()
            .AddSingleton<ModelKeySecret>()
            .AddSingleton<TokenExamples>();

    /// <summary>Maps what is no page.</summary>
    public static void MapConsole(this IEndpointRouteBuilder app)
    {
        app.MapActivityExport();
        app.MapExpirationCalendar();
    }
}
