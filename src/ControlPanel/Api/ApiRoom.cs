using ControlPanel.Api.Access;
using ControlPanel.Api.Account;
using ControlPanel.Api.Audit;
using ControlPanel.Api.Functions;
using ControlPanel.Api.Inference;
using ControlPanel.Api.Networking;
using ControlPanel.Api.Reference;
using ControlPanel.Api.Spaces;
using ControlPanel.Api.Teams;

namespace ControlPanel.Api;

/// <summary>The <c>/v2</c> API: DigitalOcean's wire contract over the same operations as the pages.</summary>
internal static class ApiRoom
{
    /// <summary>Registers what the endpoints share.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddSingleton<ApiRateLimits>();
        services.AddSingleton<ApiGate>();
        services.AddApiDocument();
        return services;
    }

    /// <summary>Maps every endpoint. Each declares its scopes; what is not mapped answers with the error envelope.</summary>
    public static void MapApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("").AddEndpointFilter<RouteGroupBuilder, ApiGate>();
        api.MapGroup("").WithTags("Account").MapAccount();
        api.MapGroup("").WithTags("Personal access tokens").MapTokens();
        api.MapGroup("").WithTags("Functions").MapFunctions();
        api.MapGroup("").WithTags("Spaces").MapSpaces();
        api.MapGroup("").WithTags("Inference").MapGenAi();
        api.MapGroup("").WithTags("Inference").MapModelAccessKeys();
        api.MapGroup("").WithTags("Networking").MapVpcs();
        api.MapGroup("").WithTags("Team").MapMembers();
        api.MapGroup("").WithTags("Team").MapInvitations();
        api.MapGroup("").WithTags("Access").MapAccess();
        api.MapGroup("").WithTags("Activity").MapAudit();
        app.MapApiDocument();
        app.MapFallback("/v2/{**path}", static context => ApiError.UnknownRoute.WriteAsync(context))
            .ExcludeFromDescription();
        app.MapFallback("/v1/{**path}", static context => ApiError.UnknownRoute.WriteAsync(context))
            .ExcludeFromDescription();
    }

    /// <summary>Declares what an endpoint needs.</summary>
    public static RouteHandlerBuilder Needs(this RouteHandlerBuilder endpoint, params string[] scopes) =>
        endpoint.WithMetadata(new RequiredScopes(scopes)).DisableAntiforgery();
}
