using ControlPanel.Gateways.ForwardAuth;
using ControlPanel.Gateways.Functions;

namespace ControlPanel.Gateways;

/// <summary>The data plane: each gateway is the whole pipeline of its door.</summary>
internal static class GatewayRoom
{
    public static IServiceCollection AddGateways(this IServiceCollection services)
    {
        services.AddHttpForwarder();
        services.AddSingleton<UpstreamClient>();
        services.AddSingleton<RunningRequests>();
        services.AddHostedService(s => s.GetRequiredService<RunningRequests>());
        services.AddSingleton<FunctionsGateway>();
        services.AddSingleton<ForwardAuthEndpoint>();
        return services;
    }

    public static void UseFunctionsGateway(this IApplicationBuilder door)
    {
        var gateway = door.ApplicationServices.GetRequiredService<FunctionsGateway>();
        door.Run(gateway.HandleAsync);
    }

    public static void UseSpacesGateway(this IApplicationBuilder door) =>
        door.Run(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status501NotImplemented;
            context.Response.ContentType = "application/xml";
            return HttpMethods.IsHead(context.Request.Method)
                ? Task.CompletedTask
                : context.Response.WriteAsync(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NotImplemented</Code>"
                        + "<Message>The Spaces gateway is not built yet.</Message>"
                        + $"<RequestId>{context.TraceIdentifier}</RequestId></Error>"
                );
        });

    public static void UseInferenceGateway(this IApplicationBuilder door) =>
        door.Run(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status501NotImplemented;
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(
                "{\"error\":{\"message\":\"The inference gateway is not built yet.\",\"type\":\"not_implemented\","
                    + "\"param\":null,\"code\":\"not_implemented\"}}"
            );
        });

    /// <summary>Answers proxies before routing, sign-in and logging scopes: this is asked once for each of their requests.</summary>
    public static void UseForwardAuth(this IApplicationBuilder app)
    {
        var endpoint = app.ApplicationServices.GetRequiredService<ForwardAuthEndpoint>();
        app.Use(
            (context, next) => ForwardAuthEndpoint.IsForMe(context) ? endpoint.HandleAsync(context) : next(context)
        );
    }
}
