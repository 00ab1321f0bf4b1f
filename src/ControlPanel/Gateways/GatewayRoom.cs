using ControlPanel.Gateways.ForwardAuth;
using ControlPanel.Gateways.Functions;
using ControlPanel.Gateways.Inference;
using ControlPanel.Gateways.Spaces;

namespace ControlPanel.Gateways;

/// <summary>The data plane: each gateway is the whole pipeline of its door.</summary>
internal static class GatewayRoom
{
    public static IServiceCollection AddGateways(this IServiceCollection services)
    {
        services.AddHttpForwarder();
        services.AddSingleton<RunningRequests>();
        services.AddHostedService(s => s.GetRequiredService<RunningRequests>());
        services.AddSingleton<FunctionsGateway>();
        services.AddSingleton<UpstreamSigners>();
        services.AddSingleton<StoreForwarder>();
        services.AddSingleton<SpacesRefusals>();
        services.AddSingleton<SpacesGateway>();
        services.AddSingleton<ModelForwarder>();
        services.AddSingleton<ModelListing>();
        services.AddSingleton<InferenceGateway>();
        services.AddSingleton<QuestionJournal>();
        services.AddSingleton<FunctionsQuestion>();
        services.AddSingleton<InferenceQuestion>();
        services.AddSingleton<ApiQuestion>();
        services.AddSingleton<SpacesQuestion>();
        services.AddSingleton<ForwardAuthEndpoint>();
        return services;
    }

    public static void UseFunctionsGateway(this IApplicationBuilder door)
    {
        var gateway = door.ApplicationServices.GetRequiredService<FunctionsGateway>();
        door.Run(gateway.HandleAsync);
    }

    public static void UseSpacesGateway(this IApplicationBuilder door)
    {
        var gateway = door.ApplicationServices.GetRequiredService<SpacesGateway>();
        door.Run(gateway.HandleAsync);
    }

    public static void UseInferenceGateway(this IApplicationBuilder door)
    {
        var gateway = door.ApplicationServices.GetRequiredService<InferenceGateway>();
        door.Run(gateway.HandleAsync);
    }

    /// <summary>Answers proxies before routing, sign-in and logging scopes: this is asked once for each of their requests.</summary>
    public static void UseForwardAuth(this IApplicationBuilder app)
    {
        var endpoint = app.ApplicationServices.GetRequiredService<ForwardAuthEndpoint>();
        app.Use(
            (context, next) => ForwardAuthEndpoint.IsForMe(context) ? endpoint.HandleAsync(context) : next(context)
        );
    }
}
